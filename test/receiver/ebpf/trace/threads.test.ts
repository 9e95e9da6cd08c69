import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readThread, Threads } from '../../../../receiver/ebpf/trace/threads.ts'
import { encodeThread, type ThreadSpec } from './fake-tracing.ts'

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
reading('takes any bytes for a name', () => assert.is(read({ tid: 1, comm: '\xff\x01' }).comm, '\xff\x01'))
reading.run()

const s = suite('Threads')
s('finds a thread in the version that is asked for', () => {
  const threads = new Threads()
  for (const version of [1, 2, 3]) threads.add(read({ tid: 5, version, comm: `v${version}` }))
  assert.equal(
    [2, 3, 1, 9].map(version => threads.find(5, version).comm),
    ['v2', 'v3', 'v1', 'v3'],
  )
})
s('has an answer for a thread that nobody told of', () => {
  const threads = new Threads()
  assert.equal([threads.find(7, 1).tid, threads.find(7, 1).comm], [7, '?'])
})
s('forgets a thread with the second look after its end, not what has its id by then', () => {
  const threads = new Threads()
  threads.add(read({ tid: 5, version: 4, comm: 'old' }))
  threads.end(5)
  threads.add(read({ tid: 5, version: 1, comm: 'new' }))
  threads.forgetEnded()
  assert.is(threads.find(5, 4).comm, 'old')
  threads.forgetEnded()
  assert.is(threads.find(5, 4).comm, 'new')
  assert.is(threads.size, 1)
})
s('keeps no more than a few versions of each', () => {
  const threads = new Threads()
  for (let version = 1; version <= 20; version++) threads.add(read({ tid: 5, version, comm: `v${version}` }))
  assert.is(threads.find(5, 20).comm, 'v20')
  assert.is(threads.find(5, 1).comm, 'v20', 'the first is gone')
})
s.run()
