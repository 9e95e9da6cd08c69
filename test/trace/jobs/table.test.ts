/** Jobs come, are given their calls, and go. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects } from '../../kit/rejects.ts'
import { encodeEnd, encodeThread, ring } from '../session/fake-tracing.ts'
import { anyClose, briefly, close, fakeTable, LIMITS, LOOK_MS, who } from './fake-machine.ts'

const LOOKS = 'looks at the calls of trace jobs'
const NEVER = new AbortController().signal

const s = suite('a table of jobs')
s('gives a job its calls, ends of threads and losses, numbered from 1', async () => {
  const { table, tracing, look } = fakeTable()
  const job = await table.create(anyClose())
  const reader = job.stream.open()
  tracing.rings = [ring(who, close(1), close(2), encodeEnd({ tid: 1, timeNs: 3n }))]
  tracing.lose(1n, 0, 'ring_full', 7)
  await look()
  assert.equal(briefly(reader), ['call 1#1', 'call 2#2', 'end#3', 'lost 7 ring_full#4'])
  const { state, calls, lost, seq, matchedTotal, node, clients } = job.status()
  assert.equal(
    { state, calls, lost, seq, matchedTotal, node, clients },
    {
      state: 'Running',
      calls: 2,
      lost: { ring_full: 7 },
      seq: { first: 1, last: 4 },
      matchedTotal: 1,
      node: 'node-a',
      clients: 1,
    },
  )
  assert.is(reader.isEnded, false)
})
s('ends a job when its duration is over (J22), and says so to who reads', async () => {
  const { table, tracing, clock, opened } = fakeTable()
  const job = await table.create(anyClose({ spec: { duration: '2s' } }))
  const reader = job.stream.open()
  tracing.rings = [ring(who, close(1))]
  await clock.advance(1900)
  assert.is(job.isOver, false)
  await clock.advance(150)
  assert.equal(briefly(reader), ['call 1#1', 'over Duration#2'])
  assert.equal([reader.isEnded, job.isOver, tracing.isAttached], [true, true, false])
  assert.equal([job.status().state, job.status().reason], ['Complete', 'Duration'])
  assert.is(opened.released, 0)
  await clock.advance(60_000)
  assert.is(opened.released, 1, 'nothing is loaded while nobody traces')
})
s('ends a job with the last call of its budget', async () => {
  const { table, tracing, look } = fakeTable()
  const job = await table.create(anyClose({ spec: { budget: { calls: 2 } } }))
  const reader = job.stream.open()
  tracing.rings = [ring(who, close(1), close(2), close(3))]
  await look()
  assert.equal(briefly(reader), ['call 1#1', 'call 2#2', 'over Budget#3'])
})
s('ends a job before the byte that would be one too many, with a whole line', async () => {
  const { table, tracing, look } = fakeTable()
  const job = await table.create(anyClose({ spec: { budget: { bytes: 1700 } } }))
  const reader = job.stream.open()
  tracing.rings = [ring(who, close(1), close(2), close(3), close(4))]
  await look()
  const { calls, bytes } = job.status()
  assert.ok(
    bytes <= 1700 && bytes > 1700 - 900 && calls >= 1 && calls < 4,
    `${calls} calls in ${bytes} bytes`,
  )
  assert.is(briefly(reader).at(-1), `over Budget#${calls + 1}`)
})
s('ends a job whose lease nobody renews; a new one may then take its id', async () => {
  const { table, clock } = fakeTable()
  const given = anyClose({ leaseMs: 1000 })
  const { job } = await table.ensure(given)
  await clock.advance(900)
  assert.equal(await table.ensure(given), { job, isNew: false })
  await clock.advance(900)
  assert.is(job.isOver, false)
  await clock.advance(200)
  assert.is(job.status().reason, 'LeaseExpired')
  await rejects(table.ensure({ ...given, place: { namespace: 'shop' } }), 'TRACE_JOB_DIFFERS')
  assert.is(table.find(given.id), job)
  const again = await table.ensure(given)
  assert.is(again.isNew, true)
  assert.is(again.job.isOver, false)
})
s('deletes a job that has matched nothing (J6), and one that is over; of no other it knows', async () => {
  const { table } = fakeTable()
  const job = await table.create(anyClose())
  const reader = job.stream.open()
  assert.is(await table.remove('a'), true)
  assert.equal(briefly(reader), ['over Deleted#1'])
  assert.is(table.find('a'), undefined)
  assert.is(await table.remove('a'), false)
})
s('deletes what a deleted job had at once: nothing of it comes back (J5)', async () => {
  const { table, tracing, clock } = fakeTable()
  await table.create(anyClose())
  assert.is(tracing.jobs.active_jobs, 1n)
  await table.remove('a')
  assert.equal([tracing.jobs.active_jobs, tracing.isAttached], [0n, false])
  await clock.advance(1000)
  assert.is(tracing.jobs.active_jobs, 0n)
})
s('leaves the calls of a job alone when another that wants the same is deleted (J4)', async () => {
  const { table, tracing, look } = fakeTable()
  const [first, second] = [await table.create(anyClose()), await table.create(anyClose({ id: 'b' }))]
  const [left, right] = [first.stream.open(), second.stream.open()]
  tracing.rings = [ring(who, close(1, 3n), close(2, 3n))]
  await look()
  await table.remove('a')
  tracing.rings = [ring(close(3, 3n), close(4, 2n))]
  await look()
  assert.equal(briefly(left), ['call 1#1', 'call 2#2', 'over Deleted#3'])
  assert.equal(briefly(right), ['call 1#1', 'call 2#2', 'call 3#3', 'call 4#4'])
})
s('has one job of an id, however many ask at once (J13)', async () => {
  const { table, tracing } = fakeTable()
  const results = await Promise.allSettled([1, 2, 3].map(() => table.create(anyClose())))
  assert.equal(
    results.map(result => (result.status === 'rejected' ? result.reason.code : 'created')),
    ['created', 'TRACE_JOB_EXISTS', 'TRACE_JOB_EXISTS'],
  )
  assert.is(tracing.jobs.active_jobs, 1n)
  const same = await Promise.all([1, 2, 3].map(() => table.ensure(anyClose({ id: 'b' }))))
  assert.equal(
    same.map(({ isNew }) => isNew),
    [true, false, false],
  )
  await rejects(table.ensure(anyClose({ id: 'b', spec: { syscalls: ['openat'] } })), 'TRACE_JOB_DIFFERS')
})
s('refuses one job too many, of all and of one client', async () => {
  const { table } = fakeTable({ jobs: 3, jobsPerOwner: 2 })
  await table.create(anyClose())
  await table.create(anyClose({ id: 'b' }))
  await rejects(table.create(anyClose({ id: 'c' })), 'TRACE_JOB_LIMIT')
  await table.create(anyClose({ id: 'c', owner: 'you' }))
  await rejects(table.create(anyClose({ id: 'd', owner: 'you' })), 'TRACE_JOB_LIMIT')
  await table.remove('a')
  await table.create(anyClose({ id: 'd', owner: 'you' }))
})
s('forgets finished jobs after their time, and the oldest when there are too many', async () => {
  const { table, clock } = fakeTable({ finishedJobs: 2 })
  const ids = () => table.list().map(({ id }) => id)
  for (const id of ['a', 'b', 'c', 'd'])
    await table.create(
      anyClose({ id, spec: { duration: '1s', ttlSecondsAfterFinished: id === 'd' ? 5 : 60 } }),
    )
  await clock.advance(1000 + LOOK_MS)
  assert.equal(ids(), ['c', 'd'])
  await clock.advance(5100)
  assert.equal(ids(), ['c'])
  await clock.advance(56_000)
  assert.equal(ids(), [])
  assert.is(clock.pending(), 0)
})
s('goes on with the others when one fails, and says why (J20)', async () => {
  const { table, tracing, machine, look } = fakeTable()
  const job = await table.create(anyClose())
  const reader = job.stream.open()
  const encode = machine.encoder.encode.bind(machine.encoder)
  machine.encoder.encode = () => {
    throw new Error('out of paper')
  }
  tracing.rings = [ring(who, close(1))]
  await look()
  assert.equal(briefly(reader), ['over Error#1'])
  const { state, reason, message } = job.status()
  assert.equal([state, reason, message], ['Failed', 'Error', 'out of paper'])
  machine.encoder.encode = encode
  const other = await table.create(anyClose({ id: 'b' }))
  assert.is(other.status().state, 'Running')
})
s('gives the others of a look their calls when one fails', async () => {
  const { table, tracing, machine, look } = fakeTable()
  for (const id of ['a', 'b', 'c']) await table.create(anyClose({ id }))
  const readers = table.list().map(job => job.stream.open())
  const encode = machine.encoder.encode.bind(machine.encoder)
  let batches = 0
  machine.encoder.encode = (...given) => {
    if (++batches === 2) throw new Error('out of paper')
    return encode(...given)
  }
  tracing.rings = [ring(who, close(1, 7n), close(3, 7n))]
  await look()
  const calls = ['call 1#1', 'call 3#2']
  assert.equal(readers.map(briefly), [calls, ['over Error#1'], calls])
})
s('leaves nothing with the kernel side of jobs that came and went (J4, J18)', async () => {
  const { table, tracing } = fakeTable()
  for (let n = 0; n < 200; n++) {
    const syscalls = [['close'], ['all'], ['Files'], ['read']][n % 4]
    await table.create(anyClose({ id: `j${n}`, spec: { syscalls, sampleRate: n % 7 } }))
    if (n >= 20) await table.remove(`j${n - 20}`)
  }
  for (let n = 180; n < 200; n++) await table.remove(`j${n}`)
  assert.is(tracing.isAttached, false)
  assert.equal(
    [tracing.jobs.active_jobs, tracing.jobs.filtered_jobs, tracing.jobs.default_jobs],
    [0n, 0n, 0n],
  )
  assert.ok(tracing.jobsByCall.every(bits => bits === 0n))
  assert.ok([...tracing.targets.values()].every(({ jobs }) => jobs === 0n))
  assert.equal(table.list(), [])
})
s('wants one call of one number, or all, as a job says (J18)', async () => {
  const { table, tracing } = fakeTable()
  await table.create(anyClose({ spec: { syscalls: ['read'] } }))
  assert.equal([tracing.jobsByCall[0], tracing.jobsByCall[1]], [1n, 0n], 'read alone, whose number is 0')
  await table.create(anyClose({ id: 'b', spec: { syscalls: ['all'] } }))
  assert.equal([tracing.jobsByCall[0], tracing.jobsByCall[1]], [3n, 2n])
})
s('is about calls that are known alone: others are refused before there is a job (J7)', async () => {
  for (const syscalls of [['opennat'], ['close', 'nonsense'], ['!nonsense']])
    assert.throws(() => anyClose({ spec: { syscalls } }), /syscalls/)
})
s('tells whose calls came while jobs run on (J8)', async () => {
  const { table, tracing, look } = fakeTable()
  const job = await table.create(anyClose())
  tracing.rings = [ring(who, close(1))]
  await look()
  const [before, status] = [job.document(), job.status()]
  tracing.rings = [ring(close(3))]
  await look()
  assert.equal([status.matched[0]!.calls, job.status().matched[0]!.calls], [1, 2])
  assert.equal(before.monitoredHosts, [], 'a service is no container of a pod')
})
s('tries again with the next job where the machine could not be prepared', async () => {
  let isBroken = true
  const { table, machine } = fakeTable()
  const limits = LIMITS
  table.configure({
    limits,
    openMachine: async () => (isBroken ? Promise.reject(new Error('broken')) : machine),
  })
  const failed = await table.create(anyClose()).catch((error: Error) => error)
  assert.is((failed as Error).message, 'broken')
  assert.equal(table.list(), [])
  isBroken = false
  assert.is((await table.create(anyClose())).status().state, 'Running')
})
s('tells the health of the agent of its looks, while there are any', async () => {
  const { table, host, look } = fakeTable()
  assert.equal(host.beats, [])
  await table.create(anyClose())
  await look()
  await table.remove('a')
  await look()
  assert.equal(host.beats, [LOOKS, `${LOOKS} stopped`])
})
s(
  'names what is in no container by its unit or its cgroup, and nobody for what nobody can be named for',
  async () => {
    const { table, tracing, tree, look } = fakeTable()
    tree.set(2, '/')
    const job = await table.create(anyClose())
    tracing.rings = [ring(encodeThread({ tid: 2, cgroup: 2n }), close(1, 1n, 2), who, close(2))]
    tracing.lose(1n, 0, 'ring_full', 7)
    await look()
    const nothing = { namespace: null, pod: null, podUid: null, container: null, containerId: null }
    assert.equal(job.status().matched, [
      { ...nothing, unit: null, cgroup: '/', calls: 1, lost: {} },
      { ...nothing, unit: 'ssh.service', cgroup: null, calls: 1, lost: {} },
    ])
  },
)
s(
  'has other limits after a change of the configuration, and hides from then on what is to be hidden',
  async () => {
    const { table, tracing, machine, look } = fakeTable()
    const job = await table.create(anyClose())
    const hidden = { ...machine, encoder: { encode: () => assert.unreachable() } as never }
    table.configure({
      limits: { jobs: 1, jobsPerOwner: 1, finishedJobs: 1, bufferBytes: 1e6, allBuffersBytes: 1e6 },
      openMachine: async () => hidden,
    })
    await rejects(table.create(anyClose({ id: 'b' })), 'TRACE_JOB_LIMIT')
    tracing.rings = [ring(who, close(1))]
    await look()
    assert.is(job.status().state, 'Failed', 'the encoder of the other machine was asked')
  },
)
s('remembers a finished job for a year without looking all the time', async () => {
  const { table, clock } = fakeTable()
  await table.create(anyClose({ spec: { duration: '1s', ttlSecondsAfterFinished: 31_536_000 } }))
  await clock.advance(2000)
  assert.is(clock.pending() > 0, true)
  await clock.advance(30 * 24 * 3_600_000)
  assert.is(table.list().length, 1)
})
s('ends all jobs with the agent, and takes no more', async () => {
  const { table, opened } = fakeTable()
  const job = await table.create(anyClose())
  const [reader, all] = [job.stream.open(), table.streamOf({}, () => true).open()]
  await table.close(NEVER)
  assert.equal(briefly(reader), ['over AgentStopped#1'])
  assert.equal(briefly(all), ['over AgentStopped#1'])
  assert.is(opened.released, 1)
  await rejects(table.create(anyClose({ id: 'b' })), 'TRACE_JOB_STOPPED')
})
s('shares what is loaded among jobs that copy the same, and loads nothing before the first', async () => {
  const { table, opened } = fakeTable()
  assert.is(opened.sessions, 0)
  await Promise.all(['a', 'b', 'c'].map(id => table.create(anyClose({ id }))))
  assert.is(opened.sessions, 1)
  await table.create(anyClose({ id: 'd', spec: { stringLimit: 16 } }))
  assert.is(opened.sessions, 2)
})
s.run()
