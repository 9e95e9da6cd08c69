/** Giving up capabilities: on every thread, for good, and what a BPF object can do after that. Each in a process of its own. */
import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, lacksRoot, requireAll } from '../../kit/skip.ts'
import { NO_CAPABILITIES, type ThreadPrivileges } from '../../kit/threads.ts'

requireAll(lacksBpf(), lacksRoot())

const href = (path: string) => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href)

const PRELUDE = `
  import { readFile } from 'node:fs/promises'
  import { Worker } from 'node:worker_threads'
  import { BpfObject, enableStats } from ${href('native/bpf-object.ts')}
  import { dropCapabilities } from ${href('native/process.ts')}
  import { readThreads } from ${href('test/kit/threads.ts')}
  await readFile('/proc/self/stat') // libuv's threads begin with the first work for them
  const object = new BpfObject('bpf/build/accounting.bpf.o')
  const start = () => {
    object.setAutoload('cgroup_mkdir_id', false)
    object.setMaxEntries('ring_by_cpu', 1)
    object.load()
    object.startRings('ring_by_cpu', 1, 4096, 1 << 20)
    object.attach('sys_exit')
  }
  const attempt = run => { try { run(); return 'done' } catch (error) { return error.errno } }
`

/** Runs a script in a process of its own; what it prints as JSON. */
function run<T>(script: string): T {
  const args = ['--input-type=module', '-e', PRELUDE + script]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.is(status, 0, stderr)
  return JSON.parse(stdout) as T
}

const s = suite('dropCapabilities')
s('leaves none in any set of any thread, those included that block all signals or sit in a loop', () => {
  const threads = run<ThreadPrivileges[]>(`
    start()
    const busy = new Worker('for (;;) {}', { eval: true })
    const waiting = new Worker('setInterval(() => {}, 1e6)', { eval: true })
    await new Promise(resolve => waiting.once('online', resolve))
    dropCapabilities()
    console.log(JSON.stringify(readThreads('self')))
    process.exit()`)
  const names = threads.map(({ name }) => name)
  for (const name of ['SignalInspector', 'libuv-worker', 'V8Worker', 'ring-drain'])
    assert.ok(names.includes(name), `${name}: ${names}`)
  for (const thread of threads) {
    const { name, noNewPrivileges, ...sets } = thread
    assert.ok(noNewPrivileges, name)
    assert.equal([...new Set(Object.values(sets))], [NO_CAPABILITIES], JSON.stringify(thread))
  }
})
s('reaches threads that begin while it is under way, a hundred times', () => {
  const privileged = run<number>(`
    let left = 0
    for (let i = 0; i < 100; i++) {
      const workers = [new Worker('', { eval: true }), new Worker('', { eval: true })]
      dropCapabilities()
      left += readThreads('self').filter(({ permitted }) => !/^0+$/.test(permitted)).length
      await Promise.all(workers.map(worker => worker.terminate()))
    }
    console.log(left)`)
  assert.is(privileged, 0)
})
s('keeps those that it is told to keep', () => {
  const threads = run<ThreadPrivileges[]>(
    `dropCapabilities(1n << 39n); console.log(JSON.stringify(readThreads('self')))`,
  )
  for (const { effective, permitted, inheritable, ambient } of threads)
    assert.equal(
      [effective, permitted, inheritable, ambient],
      ['0000008000000000', '0000008000000000', NO_CAPABILITIES, NO_CAPABILITIES],
    )
})
s('leaves what started programs with set-uid bits may gain: nothing', () => {
  const status = run<string>(`
    dropCapabilities()
    const { execFileSync } = await import('node:child_process')
    console.log(JSON.stringify(execFileSync('cat', ['/proc/self/status'], { encoding: 'utf8' })))`)
  assert.match(status, /^CapEff:\t0{16}$/m)
  assert.match(status, /^CapBnd:\t0{16}$/m)
})
s("lets the signal that it uses be glibc's again", () => {
  // process.setuid is that signal's only use: it would hang or end the process.
  assert.is(
    run<number>(`dropCapabilities(1n << 7n); process.setuid(65534); console.log(process.getuid())`),
    65534,
  )
})
s.run()

const later = suite('after that')
later('a loaded object is read, attached and closed as before, if the kernel says so beforehand', () => {
  const facts = run<Record<string, unknown>>(`
    start()
    const isReadable = object.isReadableByAll('inflight_by_tid', 'sys_exit')
    const isAttachable = object.isAttachableByAll('sys_enter')
    dropCapabilities()
    console.log(JSON.stringify({
      isReadable,
      isAttachable,
      read: attempt(() => object.programInfo('sys_exit')),
      entries: object.readHash('inflight_by_tid').byteLength,
      misses: String(object.programInfo('sys_exit').recursionMisses),
      attach: attempt(() => object.attach('sys_enter')),
      detach: attempt(() => object.detach('sys_enter')),
      statistics: attempt(enableStats),
      load: attempt(() => new BpfObject('bpf/build/accounting.bpf.o').load()),
      close: attempt(() => object.close()),
    }))`)
  const { isReadable, isAttachable } = facts
  assert.is(facts.read, isReadable ? 'done' : 1)
  assert.is(facts.attach, isAttachable ? 'done' : 1)
  assert.equal([facts.detach, facts.close], ['done', 'done'])
  assert.equal([facts.statistics, facts.load], [1, 1], 'what takes a capability is refused')
})
later.run()
