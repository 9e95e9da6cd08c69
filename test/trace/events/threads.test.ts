import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readThread, Threads } from '../../../trace/events/threads.ts'
import { encodeThread, type ThreadSpec } from '../session/fake-tracing.ts'

const read = (spec: ThreadSpec) => readThread(encodeThread(spec), 0)

const reading = suite('readThread')
reading('reads who it is', () => {
  const spec = {
    tid: 12,
    tgid: 10,
    parentTgid: 9,
    version: 3,
    cgroup: 1n << 40n,
    comm: 'a name',
    processStartNs: 1n << 33n,
  }
  const facts = read(spec)
  assert.equal(
    [facts.tid, facts.tgid, facts.parentTgid, facts.version, facts.cgroup, facts.comm, facts.processStartNs],
    [12, 10, 9, 3, 2 ** 40, 'a name', 1n << 33n],
  )
})
reading('takes any bytes for a name, each as the character of its number', () => {
  for (let first = 1; first < 256; first += 15) {
    const comm = String.fromCharCode(
      ...Array.from({ length: Math.min(15, 256 - first) }, (_, i) => first + i),
    )
    assert.is(read({ tid: 1, comm }).comm, comm)
  }
})
reading.run()

const versionsOf = (threads: Threads, tid: number, versions: readonly number[]): string[] =>
  versions.map(version => threads.find(tid, version).comm)

const s = suite('Threads')
s('finds a thread in the version that is asked for, in whatever order they came', () => {
  const threads = new Threads()
  for (const version of [1, 3, 2]) threads.add(read({ tid: 5, version, comm: `v${version}` }))
  assert.equal(versionsOf(threads, 5, [2, 3, 1]), ['v2', 'v3', 'v1'])
})
s('takes no version for another: one that has not come is unknown, and the same object for a look', () => {
  const threads = new Threads()
  threads.add(read({ tid: 5, version: 1 }))
  const unknown = threads.find(5, 9)
  assert.equal([unknown.tid, unknown.version, unknown.comm], [5, 0, '?'])
  assert.is(threads.find(5, 10), unknown)
  threads.add(read({ tid: 5, version: 9, comm: 'late' }))
  assert.is(threads.find(5, 9).comm, 'late')
})
s('keeps all versions of a look, and those that were followed in it for one more', () => {
  const threads = new Threads()
  for (let version = 1; version <= 1000; version++)
    threads.add(read({ tid: 5, version, comm: `v${version}` }))
  threads.forget()
  assert.equal(versionsOf(threads, 5, [1, 999, 1000]), ['v1', 'v999', 'v1000'])
  threads.forget()
  assert.equal(versionsOf(threads, 5, [1, 999, 1000]), ['?', '?', 'v1000'])
  assert.is(threads.versions, 1)
})
s('keeps an older version that came a look later', () => {
  const threads = new Threads()
  threads.add(read({ tid: 5, version: 7, comm: 'v7' }))
  threads.forget()
  threads.add(read({ tid: 5, version: 5, comm: 'v5' }))
  assert.equal(versionsOf(threads, 5, [5, 7]), ['v5', 'v7'])
})
s('knows the newest also where numbers begin anew', () => {
  const threads = new Threads()
  threads.add(read({ tid: 5, version: 0xffff_ffff, comm: 'old' }))
  threads.add(read({ tid: 5, version: 1, comm: 'new' }))
  for (let i = 0; i < 2; i++) threads.forget()
  assert.equal(versionsOf(threads, 5, [1, 0xffff_ffff]), ['new', '?'])
})
s('forgets a thread with the second look after its end, not what has its id by then', () => {
  const threads = new Threads()
  threads.add(read({ tid: 5, version: 4, comm: 'old' }))
  threads.end(threads.find(5, 4))
  threads.add(read({ tid: 5, version: 5, comm: 'new' }))
  threads.forget()
  assert.equal(versionsOf(threads, 5, [4, 5]), ['old', 'new'])
  threads.forget()
  assert.equal(versionsOf(threads, 5, [4, 5]), ['?', 'new'])
  threads.end(threads.find(5, 5))
  for (let i = 0; i < 2; i++) threads.forget()
  assert.equal([threads.size, threads.versions], [0, 0])
})
s.run()
