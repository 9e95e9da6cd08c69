/** The published package: packed, installed into an empty folder, and run there. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly version?: string }>>
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  assert.is(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

/**
 * Installs the tarball with the dependencies this checkout has: its lock file, less what is for development, so that npm
 * finds every package in its cache by checksum and needs no network.
 */
function install(tarball: string, folder: string): void {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock
  const { '': self, ...others } = lock.packages
  const dependencies = { swoll: `file:${tarball}` }
  const packages = {
    '': { dependencies },
    'node_modules/swoll': { ...self, resolved: dependencies.swoll },
    ...Object.fromEntries(Object.entries(others).filter(([, entry]) => !entry.dev)),
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ dependencies }))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }))
  run('npm', ['ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'], folder)
}

const s = suite('npm pack')

s('makes a package that runs in an empty folder', () => {
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
    run(swoll, ['validate', '--config', preset], folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
s.run()
