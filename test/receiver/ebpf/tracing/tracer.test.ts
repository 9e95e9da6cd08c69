/** The tracing part of the receiver, over a session that a test writes. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Services } from '../../../../pipeline/services.ts'
import { eventually, failing, sink } from '../../../kit/consumers.ts'
import { never, nopHost, recordingHost, recordingMeter } from '../../../kit/context.ts'
import { encodeCall } from '../../../kit/traced-call.ts'
import { encodeThread, ring } from '../../../trace/session/fake-tracing.ts'
import { ORIGIN, tracerRig as rig } from './tracer-rig.ts'

const events = () => ring(encodeThread({ tid: 1 }), encodeCall({ call: 'execve', ret: 0 }))

const s = suite('EbpfTracer')
s('sends calls as logs and as spans, and the spans of processes at the end', async () => {
  const logs = sink<'logs'>()
  const traces = sink<'traces'>()
  const { tracing, clock, tracer } = rig({ from: 'all' }, { logs, traces })
  await tracer.start(nopHost())
  tracing.rings = [events()]
  await clock.advance(100)
  assert.is(logs.batches.length, 1)
  assert.is(traces.batches[0]!.tables[0]!.rows, 1)
  const [record, span] = [logs.batches[0]!.tables[0]!, traces.batches[0]!.tables[0]!]
  assert.equal([record.traceId, record.spanId], [span.traceId, span.spanId], 'a record leads to its span')
  await tracer.shutdown(never)
  assert.is(traces.batches[1]!.tables[0]!.name.values[0], 'program')
  assert.ok(tracing.isClosed)
})
s('says in both signals on which host it was', async () => {
  const logs = sink<'logs'>()
  const traces = sink<'traces'>()
  const { tracing, clock, tracer } = rig({ from: 'all' }, { logs, traces })
  await tracer.start(nopHost())
  tracing.rings = [events()]
  await clock.advance(100)
  for (const [resource] of [logs.batches[0]!.resources, traces.batches[0]!.resources]) {
    assert.is(resource!.attributes['host.name'], ORIGIN['host.name'])
    assert.is(resource!.origin, ORIGIN)
  }
  await tracer.shutdown(never)
})
s('asks the kernel side for what is configured', async () => {
  const { tracing, tracer } = rig(
    { from: 'host', syscalls: ['Sockets'], errors: ['ENOENT', 'EACCES'], min_latency: '1ms', sample: 10 },
    { logs: sink<'logs'>() },
  )
  await tracer.start(nopHost())
  assert.equal(tracing.filters.get(0), { minNs: 1e6, sample: 10, errors: [2, 13] })
  assert.is(tracing.jobsByCall[41], 1n, 'socket')
  assert.is(tracing.jobsByCall[0], 0n, 'read')
  assert.equal(tracing.targets.get(1n), { jobs: 1n, owner: 1 })
  await tracer.shutdown(never)
})
s('asks for no filter that is not configured', async () => {
  const { tracing, tracer } = rig({}, { logs: sink<'logs'>() })
  await tracer.start(nopHost())
  assert.is(tracing.filters.size, 0)
  assert.equal(tracing.targets.get(1n), { jobs: 0n, owner: 0 }, 'a service is in no container')
  await tracer.shutdown(never)
})
s('knows the containers it was not asked for by their ids, also in pods that nobody knows', async () => {
  const [wanted, other] = ['a'.repeat(64), 'b'.repeat(64)]
  const podOf = (id: string) => `/kubepods/pod12345678-0000-4000-8000-000000000001/${id}`
  const tree = [[2, podOf(wanted)] as const, [3, podOf(other)] as const]
  const { tracing, tracer } = rig({ containers: [wanted.slice(0, 8)] }, { logs: sink<'logs'>() }, { tree })
  await tracer.start(nopHost())
  assert.equal(
    [2n, 3n].map(cgroup => tracing.targets.get(cgroup)!.jobs),
    [1n, 0n],
  )
  await tracer.shutdown(never)
})
s('shares the kernel side with others of its process', async () => {
  const services = new Services()
  const [logs, others] = [sink<'logs'>(), sink<'logs'>()]
  const first = rig({ from: 'all' }, { logs })
  const second = rig({ from: 'host', min_latency: '1ms' }, { logs: others }, { id: 'ebpf/other' })
  await first.tracer.start(nopHost(services))
  await second.tracer.start(nopHost(services))
  const { tracing, clock } = first
  assert.not(second.tracing.isAttached)
  assert.is(tracing.jobs.active_jobs, 3n)
  tracing.rings = [
    ring(
      encodeThread({ tid: 1 }),
      encodeCall({ call: 'execve', ret: 0, endNs: 1n }),
      encodeCall({ call: 'execve', endNs: 2n, jobs: 3n }),
    ),
  ]
  await clock.advance(100)
  await first.tracer.shutdown(never)
  assert.not(tracing.isClosed)
  await second.tracer.shutdown(never)
  assert.ok(tracing.isClosed)
  assert.equal(
    [logs, others].map(({ batches }) => batches.map(({ tables }) => tables[0]!.rows)),
    [[2], [1]],
  )
})
for (const isSame of [true, false])
  s(
    `hands over to its successor, which ${isSame ? 'shares its session' : 'has another'}: no call twice, and none lost`,
    async () => {
      const services = new Services()
      const { meter, read } = recordingMeter()
      const [logs, later] = [sink<'logs'>(), sink<'logs'>()]
      const first = rig({ from: 'all' }, { logs }, { meter })
      const second = rig(
        { from: 'host' },
        { logs: later },
        { meter, session: isSame ? undefined : 'another' },
      )
      const call = (endNs: bigint) => [
        encodeThread({ tid: 1 }),
        encodeCall({ call: 'execve', ret: 0, endNs, jobs: 3n }),
      ]
      const rings = (...words: Uint32Array[]) => {
        for (const { tracing } of [first, second]) tracing.rings = [ring(...words)]
      }
      await first.tracer.start(nopHost(services))
      await second.tracer.start(nopHost(services))
      rings(...call(1n))
      await Promise.all([first, second].map(({ clock }) => clock.advance(100)))
      rings(...call(2n), ...call(2n ** 40n))
      await first.tracer.shutdown(never)
      rings(...call(3n))
      await Promise.all([first, second].map(({ clock }) => clock.advance(100)))
      const rows = [logs, later].map(({ batches }) => batches.map(({ tables }) => tables[0]!.rows))
      assert.equal(rows, [[1, 2], [1]])
      assert.is((await read())['receiver_ebpf_trace_events{receiver=test}'], 4, 'and its counts go on')
      await second.tracer.shutdown(never)
    },
  )
s('sends nothing if its turn never comes', async () => {
  const services = new Services()
  const [logs, refused] = [sink<'logs'>(), sink<'logs'>()]
  const first = rig({ from: 'all' }, { logs })
  const second = rig({ from: 'all' }, { logs: refused })
  await first.tracer.start(nopHost(services))
  await second.tracer.start(nopHost(services))
  first.tracing.rings = [events()]
  await second.tracer.shutdown(never)
  await first.tracer.shutdown(never)
  assert.equal([logs.batches.length, refused.batches.length], [1, 0])
})
s('goes on after a batch that nobody took', async () => {
  const { tracing, clock, tracer } = rig({ from: 'all' }, { logs: failing('PIPE_REJECTED') })
  await tracer.start(nopHost())
  for (let i = 0; i < 2; i++) {
    tracing.rings = [events()]
    await clock.advance(100)
  }
  assert.is(tracing.rings.length, 0)
  await tracer.shutdown(never)
})
s('says when a look between two pieces fails, goes on with the next, and says that too', async () => {
  const logs = sink<'logs'>()
  const { tracing, clock, tracer } = rig({ from: 'all', rate_limit: 0 }, { logs })
  const host = recordingHost()
  await tracer.start(host)
  const takeRecords = tracing.takeRecords.bind(tracing)
  let looks = 0
  tracing.takeRecords = () => {
    if (++looks === 2) throw new Error('the ring is broken')
    return takeRecords()
  }
  const calls = Array.from({ length: 5000 }, () => encodeCall({ call: 'execve', ret: 0 }))
  tracing.rings = [ring(encodeThread({ tid: 1 }), ...calls)]
  await clock.advance(100)
  await eventually(() => host.reports.some(({ cause }) => cause?.message === 'the ring is broken'))
  tracing.rings = [events()]
  await clock.advance(100)
  assert.equal(
    logs.batches.map(({ tables }) => tables[0]!.rows),
    [4096, 904, 1],
  )
  assert.equal(
    host.reports.map(({ status }) => status),
    ['ok', 'recoverable', 'ok'],
  )
  await tracer.shutdown(never)
})
s('counts what the last look found, while it is sent', async () => {
  const { meter, read } = recordingMeter()
  const seen: Record<string, number>[] = []
  const logs = { ...sink<'logs'>(), consume: async () => void seen.push(await read()) }
  const { tracing, tracer } = rig({ from: 'all' }, { logs }, { meter })
  await tracer.start(nopHost())
  tracing.rings = [events()]
  tracing.lose(1n, 1, 'ring_full', 7)
  await tracer.shutdown(never)
  assert.is(seen.length, 1)
  assert.is(seen[0]!['receiver_ebpf_trace_events{receiver=test}'], 1)
  const lost = Object.entries(seen[0]!).filter(([name]) => name.startsWith('receiver_ebpf_trace_lost_events'))
  assert.equal(
    lost.map(([, events]) => events),
    [7],
  )
})
s('can be shut down before it has started, and twice', async () => {
  const { tracer } = rig({}, {})
  await tracer.shutdown(never)
  await tracer.shutdown(never)
})
s.run()
