/** Tracing of selected pods: who is wanted, as pods come and change; what becomes of calls whose pod nobody knows. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LogsBatch } from '../../../../pipeline/data/logs.ts'
import { SwollError } from '../../../../pipeline/errors.ts'
import { sink } from '../../../kit/consumers.ts'
import { never, nopHost, recordingHost, recordingMeter } from '../../../kit/context.ts'
import { toLogRecords } from '../../../kit/events.ts'
import { containerId, podUid, rawPod } from '../../../kit/pods.ts'
import { encodeCall } from '../../../kit/traced-call.ts'
import { encodeCgroup, encodeThread, ring } from '../../../trace/session/fake-tracing.ts'
import { type TracerRigOptions, tracerRig } from './tracer-rig.ts'

const pathOf = (n: number) => `/kubepods/burstable/pod${podUid(n)}/${containerId(`app${n}`)}`
const podOf = (n: number, labels: Record<string, string>) =>
  rawPod({ uid: podUid(n), name: `pod-${n}`, labels, containers: { app: containerId(`app${n}`) } })
/** A call made in the container, by a thread of the same number. */
const callIn = (n: number) =>
  ring(
    encodeThread({ tid: 100 + n, cgroup: BigInt(n) }),
    encodeCall({ call: 'execve', ret: 0, tid: 100 + n, endNs: 1n }),
  )

const WEB = { pods: { label_selector: 'app=web' } }
const SSH = [1, '/system.slice/ssh.service'] as const
const two = { tree: [SSH, [2, pathOf(2)], [3, pathOf(3)]] } as const

async function startRig(trace: object = WEB, options: TracerRigOptions = two) {
  const logs = sink<'logs'>()
  const host = recordingHost()
  const rig = tracerRig(trace, { logs }, options)
  await rig.tracer.start(host)
  return {
    ...rig,
    host,
    /** Container ids of calls and of losses that were sent since the last time this was asked. */
    sent: () => summarize(logs.batches.splice(0)),
    /** Makes a call in each of these cgroups, and looks. */
    async call(...cgroups: number[]) {
      rig.tracing.rings = cgroups.map(callIn)
      await rig.clock.advance(100)
    },
  }
}

function summarize(batches: readonly LogsBatch[]): string[] {
  return batches.flatMap(({ resources, tables }) =>
    tables.flatMap(({ eventName, resource, rows }) =>
      Array.from({ length: rows }, (_, row) => {
        const id = String(resources[resource[row]!]!.attributes['container.id'])
        const text = Buffer.from(id, 'hex').toString().replaceAll('\0', '')
        return eventName === 'swoll.gap' ? `lost of ${text}` : text
      }),
    ),
  )
}

const jobsOf = ({ tracing }: Awaited<ReturnType<typeof startRig>>) =>
  [1n, 2n, 3n].map(cgroup => tracing.targets.get(cgroup)?.jobs)

const s = suite('tracing of selected pods')
s('asks for the pods when they are needed, and gives them back', async () => {
  const rig = await startRig()
  assert.equal(
    [...rig.pods.leases].map(({ source }) => source),
    ['watch'],
  )
  assert.ok(rig.pods.isRead)
  await rig.tracer.shutdown(never)
  assert.is(rig.pods.leases.size, 0)
  const other = await startRig({ from: 'all' })
  assert.not(other.pods.isRead)
  await other.tracer.shutdown(never)
})
s('gives them back when it does not start', async () => {
  const rig = tracerRig(WEB, { logs: sink<'logs'>() }, two)
  rig.tracing.attach = () => {
    throw new SwollError('NATIVE_BPF_ATTACH_FAILED', 'no')
  }
  await rig.tracer.start(nopHost()).then(
    () => assert.unreachable(),
    () => {},
  )
  await rig.tracer.shutdown(never)
  assert.is(rig.pods.leases.size, 0)
})
s('sends what a container did before its pod was known, if that is wanted', async () => {
  const rig = await startRig()
  assert.equal(jobsOf(rig), [0n, 1n, 1n], 'of containers nobody can tell yet, of services one can')
  await rig.call(2, 3)
  assert.equal(rig.sent(), [])
  rig.pods.store.put(podOf(2, { app: 'web' }))
  rig.pods.store.put(podOf(3, { app: 'db' }))
  await rig.clock.advance(500)
  assert.equal(rig.sent(), ['app2'])
  assert.equal(jobsOf(rig), [0n, 1n, 0n], 'the kernel side does not send the others any more')
  await rig.tracer.shutdown(never)
})
s(
  'keeps what waits apart from the memory that the rings are read into, however often it is looked at',
  async () => {
    const logs = sink<'logs'>()
    const { tracing, clock, tracer, pods } = tracerRig(WEB, { logs }, two)
    await tracer.start(nopHost())
    const memory = new Uint32Array(1000)
    const waiting = [5, 6, 7]
    tracing.takeRecords = () => {
      const fd = waiting.shift()
      if (fd === undefined) return memory.fill(0).subarray(0, 0)
      const thread = fd === 5 ? [encodeThread({ tid: 102, cgroup: 2n })] : []
      const call = encodeCall({ call: 'close', arguments: [fd], ret: 0, tid: 102, endNs: BigInt(fd) })
      const words = ring(...thread, call)
      memory.set(words)
      return memory.subarray(0, words.length)
    }
    await clock.advance(400)
    pods.store.put(podOf(2, { app: 'web' }))
    await clock.advance(200)
    const bodies = logs.batches.flatMap(batch => toLogRecords(batch).map(({ body }) => body))
    assert.equal(bodies, ['close(5) = 0', 'close(6) = 0', 'close(7) = 0'])
    await tracer.shutdown(never)
  },
)
s('the same for a container that starts later', async () => {
  const rig = await startRig()
  for (const n of [2, 3]) rig.pods.store.put(podOf(n, { app: 'db' }))
  await rig.clock.advance(500)
  rig.tracing.rings = [ring(encodeCgroup(4n, pathOf(4))), callIn(4)]
  await rig.clock.advance(1000)
  assert.equal(rig.sent(), [])
  rig.pods.store.put(podOf(4, { app: 'web' }))
  await rig.clock.advance(500)
  assert.equal(rig.sent(), ['app4'])
  await rig.tracer.shutdown(never)
})
s('follows labels that change', async () => {
  const rig = await startRig()
  rig.pods.store.put(podOf(2, { app: 'web' }))
  rig.pods.store.put(podOf(3, { app: 'db' }))
  await rig.clock.advance(500)
  await rig.call(2, 3)
  assert.equal(rig.sent(), ['app2'])
  rig.pods.store.put(podOf(2, { app: 'db' }))
  rig.pods.store.put(podOf(3, { app: 'web' }))
  await rig.clock.advance(500)
  assert.equal(jobsOf(rig), [0n, 0n, 1n])
  await rig.call(2, 3)
  assert.equal(rig.sent(), ['app3'])
  await rig.tracer.shutdown(never)
})
s('keeps to what a pod was when it is deleted', async () => {
  const rig = await startRig()
  rig.pods.store.put(podOf(2, { app: 'web' }))
  rig.pods.store.remove(podUid(2))
  await rig.clock.advance(500)
  await rig.call(2)
  assert.equal(rig.sent(), ['app2'])
  await rig.tracer.shutdown(never)
})
s('counts as unresolved what has waited for its pod too long, by container', async () => {
  const { meter, read } = recordingMeter()
  const rig = await startRig(WEB, { ...two, meter })
  await rig.call(2, 3, 2)
  await rig.clock.advance(6000)
  assert.equal(rig.sent().sort(), ['lost of app2', 'lost of app3'])
  const lost = Object.entries(await read()).flatMap(([name, events]) =>
    /trace_lost_events\{.*reason=unresolved/.test(name) ? [events] : [],
  )
  assert.equal(lost.sort(), [1, 2])
  await rig.tracer.shutdown(never)
})
s('says at the end of what it does not know whose it is, and sends what it knows by then', async () => {
  const rig = await startRig()
  await rig.call(2, 3)
  rig.pods.store.put(podOf(2, { app: 'web' }))
  await rig.tracer.shutdown(never)
  assert.equal(rig.sent().sort(), ['app2', 'lost of app3'])
})
s('is degraded while nobody tells about pods, and goes on with what it knows', async () => {
  const rig = await startRig()
  rig.pods.store.put(podOf(2, { app: 'web' }))
  await rig.clock.advance(500)
  rig.pods.store.failed(new Error('the API server is away'))
  await rig.call(2, 3)
  assert.equal(rig.sent(), ['app2'])
  rig.pods.store.put(podOf(3, { app: 'web' }))
  rig.pods.store.succeeded()
  await rig.clock.advance(500)
  assert.equal(rig.sent(), ['app3'])
  const told = rig.host.reports.map(({ status, cause }) => [status, cause?.message])
  assert.equal(
    told.filter(([status]) => status === 'recoverable'),
    [['recoverable', 'the API server is away']],
  )
  assert.equal(told.at(-1), ['ok', undefined])
  await rig.tracer.shutdown(never)
})
s('does not take back what is wrong with the kernel side', async () => {
  const rig = await startRig()
  rig.tracing.takeRecords = () => {
    throw new Error('no more')
  }
  await rig.clock.advance(100)
  rig.pods.store.succeeded()
  assert.is(rig.host.reports.at(-1)!.cause?.message, 'no more')
  rig.tracing.takeRecords = () => new Uint32Array(0)
  await rig.tracer.shutdown(never)
})
s.run()
