/** The published package: packed, installed into an empty folder, and run there. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { type LockEntry, runtimePackages } from '../../scripts/release/shipped-packages.ts'
import { callMessage, FakeAgent } from '../kit/fake-agent.ts'

interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  assert.is(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

/**
 * Installs the tarball with the dependencies this checkout has: what its lock file has that runs, so that npm
 * finds every package in its cache by checksum and needs no network.
 */
function install(tarball: string, folder: string): void {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
  const self = lock.packages['']!
  const dependencies = { swoll: `file:${tarball}` }
  const packages = {
    '': { dependencies },
    'node_modules/swoll': { ...self, resolved: dependencies.swoll },
    ...Object.fromEntries(runtimePackages(lock.packages)),
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies }))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }))
  run('npm', ['ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'], folder)
}

/** As in the README of the library, with what goes wrong. */
const PROGRAM = `import { ClientError, SwollClient, type TraceSpec } from 'swoll/client'

const client = new SwollClient({ endpoint: process.argv[2]!, token: 'secret' })
const spec: TraceSpec = { syscalls: ['getpid'], duration: '30s' }
const { id } = await client.create({ namespace: 'shop' }, spec, { id: 'mine' })
for await (const streamed of client.watch(id, { after: await client.startOf(id) })) {
  if (!('message' in streamed)) continue
  const { message, node } = streamed
  if (message.type === 'call') console.log(node, message.syscall.name, message.return)
}
await client.delete(id)
await client.get(id).catch((error: unknown) => {
  if (error instanceof ClientError) console.log(error.code, error.status)
})
`

/** Compiles and runs a program that has nothing but the package, and Node's own types. */
async function useLibrary(folder: string): Promise<void> {
  writeFileSync(join(folder, 'program.mts'), PROGRAM)
  const types = join(process.cwd(), 'node_modules/@types')
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node']
  const lib = ['--lib', 'es2024,esnext.disposable', '--typeRoots', types]
  run(join(process.cwd(), 'node_modules/.bin/tsc'), [...options, ...lib, 'program.mts'], folder)
  await using agent = await FakeAgent.start()
  agent.intercept = ({ method, url }) => {
    // Behind its creation.
    if (method === 'GET' && url.startsWith('/jobs/mine/sse')) {
      agent.tell('mine', callMessage())
      agent.finish('mine')
    }
    return false
  }
  const program = spawn(process.execPath, ['program.mjs', agent.endpoint], { cwd: folder })
  let [stdout, stderr] = ['', '']
  program.stdout.on('data', text => {
    stdout += text
  })
  program.stderr.on('data', text => {
    stderr += text
  })
  const [code] = await once(program, 'close')
  assert.equal([code, stdout, stderr], [0, 'node-a getpid 7\nCLIENT_REFUSED 404\n', ''])
  assert.is(agent.seen[0]!.headers.authorization, 'Bearer secret')
}

const s = suite('npm pack')

s('makes a package that runs in an empty folder, with a library that programs can use', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-package-'))
  try {
    const packed = run('npm', ['pack', '--silent', '--pack-destination', folder], '.')
    install(packed.trim().split('\n').at(-1)!, folder)
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    const swoll = join(folder, 'node_modules/.bin/swoll')
    assert.ok(run(swoll, ['--version'], folder).startsWith(`swoll version ${version} (commit `))
    const { receivers, exporters } = parse(run(swoll, ['components'], folder))
    assert.is(receivers[0].name, 'ebpf')
    assert.ok(exporters.some((exporter: { name: string }) => exporter.name === 'prometheus'))
    const preset = join(folder, 'node_modules/swoll/dist/otel-config/presets/agent.yaml')
    for (const name of ['charts.js', 'charts.css', 'index.html', 'licenses.txt'])
      assert.ok(existsSync(join(folder, 'node_modules/swoll/dist/web/build', name)), name)
    assert.not(existsSync(join(folder, 'node_modules/echarts')), 'it is in the script')
    run(swoll, ['validate', '--config', preset], folder)
    await useLibrary(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
s.run()
