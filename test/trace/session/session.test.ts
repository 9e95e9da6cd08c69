/** A session over a kernel side that a test writes. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CgroupKey } from '../../../kernel/cgroups/cgroup-key.ts'
import { rootsPlace } from '../../../kernel/cgroups/place.ts'
import { CgroupRegistry } from '../../../kernel/cgroups/registry.ts'
import { ALL_EXTRAS } from '../../../syscalls/decode/copies.ts'
import type { EventBatch } from '../../../trace/events/events.ts'
import { type JobSpec, toBits } from '../../../trace/requests/jobs.ts'
import { TraceSession } from '../../../trace/session/session.ts'
import { fakeClock } from '../../kit/clock.ts'
import { encodeCall } from '../../kit/traced-call.ts'
import { encodeCgroup, encodeEnd, encodeThread, FakeTracing, ring } from './fake-tracing.ts'

const ID = 'a'.repeat(64)
const CONTAINER = `/kubepods/pod12345678-0000-4000-8000-000000000001/${ID}`
const SECOND = 1_000_000_000n

function start(limits: { holdMs?: number; maxHeld?: number } = {}) {
  const tracing = new FakeTracing()
  const tree = new Map<CgroupKey, string>([[1, '/system.slice/ssh.service']])
  const state = { nowNs: 5000n }
  const clock = fakeClock()
  const registry = new CgroupRegistry({
    nowMs: () => Number(state.nowNs / 1_000_000n),
    pathOf: key => tree.get(key),
    uidOf: () => undefined,
    *walk() {
      for (const [key, path] of tree) yield { key, place: rootsPlace(path) }
    },
    isWholeTree: true,
  })
  const monotonicNs = () => state.nowNs
  const extras = ALL_EXTRAS
  const session = new TraceSession({ tracing, registry, clock, monotonicNs, arch: 'x64', extras, limits })
  return { tracing, tree, state, clock, session }
}

const job = (more: Partial<JobSpec> = {}): JobSpec => ({
  name: 'j',
  wantsCall: () => true,
  wants: () => 'yes',
  ...more,
})

/** `call@end jobs resource`, or `end of tid`. */
function lines(session: TraceSession, batch: EventBatch): string[] {
  const seen: string[] = []
  batch.visit(session.abis, {
    call: (call, thread, jobs) =>
      seen.push(
        `${call.definition.name}@${call.endNs} ${toBits(jobs)} ${thread.comm} ${thread.resource?.id}`,
      ),
    end: end => seen.push(`end of ${end.tid}`),
  })
  return seen
}

const s = suite('TraceSession')
s('tells times on the wall clock, also after somebody has set that', () => {
  const { clock, session } = start()
  const offset = 1_700_000_000_000_000_000n - 5000n
  assert.is(session.take().unixOffsetNs, offset)
  clock.set(-86_400n * SECOND)
  assert.is(session.take().unixOffsetNs, offset - 86_400n * SECOND)
})
s('attaches the programs for the first job and detaches them after the last', () => {
  const { tracing, session } = start()
  assert.not(tracing.isAttached)
  const jobs = [session.addJob(job()), session.addJob(job({ filter: { minNs: 5 } }))]
  assert.ok(tracing.isAttached)
  assert.equal(tracing.jobs, { active_jobs: 3n, default_jobs: 3n, filtered_jobs: 2n, following_jobs: 0n })
  session.removeJob(jobs[0]!)
  assert.ok(tracing.isAttached)
  session.removeJob(jobs[1]!)
  assert.not(tracing.isAttached)
  assert.is(tracing.jobs.active_jobs, 0n)
})
s('tells the kernel side of every cgroup who wants it', () => {
  const { tracing, session, tree } = start()
  tree.set(2, CONTAINER)
  session.addJob(
    job({
      wants: (resource, path) => (path.endsWith(ID) && resource.attributes['container.id'] ? 'yes' : 'no'),
    }),
  )
  assert.equal(tracing.targets.get(1n), { jobs: 0n, owner: 0 })
  tracing.rings = [encodeCgroup(2n, CONTAINER)]
  session.take()
  assert.equal(tracing.targets.get(2n), { jobs: 1n, owner: 1 })
  assert.is(tracing.shareBytes, tracing.ringBytes / 2 / 2, 'half of the ring, for it and for the others')
  tracing.rings = [encodeCgroup(2n)]
  session.take()
  assert.not(tracing.targets.has(2n))
})
s('follows the processes that a job names', () => {
  const { tracing, session } = start()
  session.addJob(job({ pids: [77, 78] }))
  assert.equal(tracing.marked, [
    [0n, 0],
    [1n, 77],
    [1n, 78],
  ])
  assert.is(tracing.jobs.following_jobs, 1n)
})
s('gives the events of all rings in the order in which they ended', () => {
  const { tracing, session } = start()
  session.addJob(job())
  tracing.rings = [
    ring(
      encodeThread({ tid: 1, comm: 'one' }),
      encodeCall({ call: 'read', endNs: 100n }),
      encodeCall({ call: 'close', endNs: 300n }),
    ),
    ring(
      encodeCall({ call: 'getppid', endNs: 200n, tid: 2 }),
      encodeThread({ tid: 2, comm: 'two' }),
      encodeEnd({ tid: 2, timeNs: 250n }),
    ),
  ]
  assert.equal(lines(session, session.take()), [
    'read@100 1 one unit:ssh.service',
    'getppid@200 1 two unit:ssh.service',
    'end of 2',
    'close@300 1 one unit:ssh.service',
  ])
})
s('gives the ends of those alone whose calls it gave', () => {
  const { tracing, session } = start()
  session.addJob(job({ wants: resource => (resource.attributes['container.id'] ? 'yes' : 'no') }))
  tracing.rings = [
    ring(
      encodeThread({ tid: 1, cgroup: 1n }),
      encodeCall({ call: 'read', endNs: 1n }),
      encodeEnd({ tid: 1, timeNs: 2n }),
      encodeThread({ tid: 5, tgid: 4, cgroup: 2n }),
      encodeCgroup(2n, CONTAINER),
      encodeCall({ call: 'close', tid: 5, endNs: 3n }),
      encodeThread({ tid: 6, tgid: 4, cgroup: 2n }),
      encodeEnd({ tid: 6, tgid: 4, timeNs: 4n }),
    ),
  ]
  assert.equal(lines(session, session.take()), [`close@3 1 program container::${ID}`, 'end of 6'])
})
s('keeps back what ended after the look began', () => {
  const { tracing, session, state } = start()
  session.addJob(job())
  tracing.rings = [ring(encodeThread({ tid: 1 }), encodeCall({ call: 'read', endNs: 5001n }))]
  assert.is(session.take().length, 0)
  state.nowNs = 6000n
  assert.is(session.take().length, 1)
})
s('names threads as they were at the call', () => {
  const { tracing, session } = start()
  session.addJob(job())
  tracing.rings = [
    ring(
      encodeThread({ tid: 1, comm: 'sh' }),
      encodeCall({ call: 'read', endNs: 1n }),
      encodeThread({ tid: 1, comm: 'cat', version: 2 }),
      encodeCall({ call: 'execve', endNs: 2n, version: 2 }),
    ),
  ]
  assert.equal(
    lines(session, session.take()).map(line => line.split(' ')[2]),
    ['sh', 'cat'],
  )
})
s('names threads as they were at their end, though that comes from another ring', () => {
  const { tracing, session } = start()
  session.addJob(job())
  tracing.rings = [
    ring(
      encodeThread({ tid: 1, comm: 'second', version: 2 }),
      encodeCall({ call: 'read', endNs: 2n, version: 2 }),
      encodeEnd({ tid: 1, timeNs: 3n, version: 2 }),
    ),
    ring(encodeThread({ tid: 1, comm: 'first' }), encodeCall({ call: 'read', endNs: 1n })),
  ]
  const names: string[] = []
  session.take().visit(session.abis, {
    call: (_, { comm }) => names.push(comm),
    end: (_, { comm }) => names.push(comm),
  })
  assert.equal(names, ['first', 'second', 'second'])
})
s('lets an event wait whose thread is told of in the next look, also of a process that is followed', () => {
  const { tracing, session } = start()
  session.addJob(job({ pids: [1] }))
  tracing.rings = [
    ring(encodeThread({ tid: 1, comm: 'old' }), encodeCall({ call: 'read', endNs: 1n, version: 2 })),
    encodeEnd({ tid: 1, timeNs: 2n, version: 3 }),
  ]
  assert.is(session.take().length, 0)
  tracing.rings = [
    ring(
      encodeThread({ tid: 1, comm: 'new', version: 2 }),
      encodeThread({ tid: 1, comm: 'last', version: 3 }),
    ),
  ]
  assert.equal(lines(session, session.take()), ['read@1 1 new unit:ssh.service', 'end of 1'])
})
s('names a thread that is told of a look after its call', () => {
  const { tracing, session } = start()
  session.addJob(job())
  tracing.rings = [encodeCall({ call: 'read', endNs: 1n })]
  assert.is(session.take().length, 0)
  tracing.rings = [encodeThread({ tid: 1, comm: 'late' })]
  assert.equal(lines(session, session.take()), ['read@1 1 late unit:ssh.service'])
})
s('gives each job only what it wants, also of what the kernel side could not tell', () => {
  const { tracing, session, tree } = start()
  session.addJob(job({ wants: resource => (resource.attributes['container.id'] ? 'yes' : 'no') }))
  session.addJob(job({ wants: resource => (resource.attributes['systemd.unit'] ? 'yes' : 'no') }))
  tree.set(9, CONTAINER)
  tracing.rings = [
    ring(
      encodeThread({ tid: 1, cgroup: 9n }),
      encodeCall({ call: 'read', endNs: 1n, jobs: 3n }),
      encodeThread({ tid: 2, cgroup: 1n }),
      encodeCall({ call: 'close', endNs: 2n, jobs: 3n, tid: 2 }),
      encodeCall({ call: 'dup', endNs: 3n, jobs: 1n, tid: 2 }),
    ),
  ]
  assert.equal(lines(session, session.take()), [
    `read@1 1 program container::${ID}`,
    'close@2 2 program unit:ssh.service',
  ])
})
s('holds what cannot be decided yet, for a while', () => {
  const { tracing, session, state } = start({ holdMs: 1000 })
  let wanted: 'unknown' | 'yes' = 'unknown'
  session.addJob(job({ wants: () => wanted }))
  tracing.rings = [ring(encodeThread({ tid: 1 }), encodeCall({ call: 'read', endNs: 10n }))]
  assert.is(session.take().length, 0)
  wanted = 'yes'
  session.refresh()
  assert.equal(lines(session, session.take()), ['read@10 1 program unit:ssh.service'])

  wanted = 'unknown'
  session.refresh()
  tracing.rings = [encodeCall({ call: 'close', endNs: 20n })]
  assert.is(session.take().length, 0)
  state.nowNs = 2n * SECOND
  const { length, gaps } = session.take()
  assert.is(length, 0)
  assert.equal(
    gaps.map(({ jobs, reason, events, resource }) => [jobs, reason, events, resource?.id]),
    [[1n, 'unresolved', 1, 'unit:ssh.service']],
  )
})
s('gives an end behind the calls that waited, though it came before anybody knew whose they are', () => {
  const { tracing, session } = start({ holdMs: 1000 })
  let wanted: 'unknown' | 'yes' = 'unknown'
  session.addJob(job({ wants: () => wanted }))
  const call = encodeCall({ call: 'read', endNs: 10n })
  tracing.rings = [ring(encodeThread({ tid: 1 }), call, encodeEnd({ tid: 1, timeNs: 20n }))]
  assert.is(session.take().length, 0)
  wanted = 'yes'
  session.refresh()
  assert.equal(lines(session, session.take()), ['read@10 1 program unit:ssh.service', 'end of 1'])
})
s('holds no more than it may', () => {
  const { tracing, session } = start({ maxHeld: 2 })
  session.addJob(job({ wants: () => 'unknown' }))
  const calls = [1n, 2n, 3n, 4n].map(endNs => encodeCall({ call: 'read', endNs }))
  tracing.rings = [ring(encodeThread({ tid: 1 }), ...calls)]
  const { gaps } = session.take()
  assert.equal(
    gaps.map(({ reason, events }) => [reason, events]),
    [['unresolved', 2]],
  )
})
s('says what was lost, and of whom', () => {
  const { tracing, session, tree } = start()
  tree.set(2, CONTAINER)
  session.addJob(job())
  tracing.rings = [encodeCgroup(2n, CONTAINER)]
  session.take()
  const { owner } = tracing.targets.get(2n)!
  tracing.lose(1n, owner, 'share_full', 42)
  assert.equal(
    session.take().gaps.map(({ jobs, reason, events, resource }) => [jobs, reason, events, resource?.id]),
    [[1n, 'share_full', 42, `container::${ID}`]],
  )
})
s('leaves nothing waiting at the end', () => {
  const { tracing, session } = start()
  session.addJob(job())
  tracing.rings = [ring(encodeThread({ tid: 1 }), encodeCall({ call: 'read', endNs: SECOND }))]
  assert.is(session.take(true).length, 1)
})
s.run()
