/** A session over a kernel side that a test writes. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { JobSpec } from '../../../trace/requests/jobs.ts'
import type { Subscription } from '../../../trace/session/session.ts'
import { ABIS } from '../../kit/trace-batch.ts'
import { encodeCall } from '../../kit/traced-call.ts'
import { everything, fakeSession, SECOND } from './fake-session.ts'
import { encodeCgroup, encodeEnd, encodeThread, ring } from './fake-tracing.ts'

const ID = 'a'.repeat(64)
const CONTAINER = `/kubepods/pod12345678-0000-4000-8000-000000000001/${ID}`

const inContainer: JobSpec['wants'] = ({ attributes }) => (attributes['container.id'] ? 'yes' : 'no')
const inUnit: JobSpec['wants'] = ({ attributes }) => (attributes['systemd.unit'] ? 'yes' : 'no')

/** Returns what the subscription has now: `call@end program resource`, or `end of tid`. */
function lines(subscription: Subscription): string[] {
  const seen: string[] = []
  subscription.take().visit(ABIS, {
    call: (call, thread) =>
      seen.push(`${call.definition.name}@${call.endNs} ${thread.comm} ${thread.resource?.id}`),
    end: end => seen.push(`end of ${end.tid}`),
  })
  return seen
}

const s = suite('TraceSession')
s('tells times on the wall clock, also after somebody has set that', () => {
  const { clock, session } = fakeSession()
  const subscription = session.subscribe(everything())
  const offset = 1_700_000_000_000_000_000n - 5000n
  assert.is(subscription.take().unixOffsetNs, offset)
  clock.set(-86_400n * SECOND)
  assert.is(subscription.take().unixOffsetNs, offset - 86_400n * SECOND)
})
s('attaches the programs for the first job and detaches them after the last', () => {
  const { tracing, session } = fakeSession()
  assert.not(tracing.isAttached)
  const subscriptions = [
    session.subscribe(everything()),
    session.subscribe(everything({ filter: { minNs: 5 } })),
  ]
  assert.ok(tracing.isAttached)
  assert.equal(tracing.jobs, { active_jobs: 3n, default_jobs: 3n, filtered_jobs: 2n, following_jobs: 0n })
  subscriptions[0]!.end()
  assert.ok(tracing.isAttached)
  subscriptions[1]!.end()
  assert.not(tracing.isAttached)
  assert.is(tracing.jobs.active_jobs, 0n)
})
s('tells the kernel side of every cgroup who wants it', () => {
  const { tracing, session, tree } = fakeSession()
  tree.set(2, CONTAINER)
  const subscription = session.subscribe(
    everything({
      wants: (resource, path) => (path.endsWith(ID) && resource.attributes['container.id'] ? 'yes' : 'no'),
    }),
  )
  assert.equal(tracing.targets.get(1n), { jobs: 0n, owner: 0 })
  tracing.rings = [encodeCgroup(2n, CONTAINER)]
  subscription.take()
  assert.equal(tracing.targets.get(2n), { jobs: 1n, owner: 1 })
  const share = Math.floor(tracing.ringBytes / 2 / 3)
  assert.is(
    tracing.shareBytes,
    share,
    'half of the ring, for it, for the others and for those that nobody knows',
  )
  tracing.rings = [encodeCgroup(2n)]
  subscription.take()
  assert.not(tracing.targets.has(2n))
})
s('is sent no more of cgroups that are out of its sight, unless a job wants whatever there is', () => {
  const { tracing, session } = fakeSession({}, false)
  const contained = session.subscribe(everything({ wants: inContainer }))
  tracing.rings = [ring(encodeThread({ tid: 1, cgroup: 9n }), encodeCall({ call: 'read', endNs: 1n }))]
  assert.equal(lines(contained), [])
  assert.equal(tracing.targets.get(9n), { jobs: 0n, owner: 0 }, 'of whom nothing can be lost, either')
  const any = session.subscribe(everything())
  assert.is(tracing.targets.get(9n)!.jobs, 2n)
  any.end()
  assert.is(tracing.targets.get(9n)!.jobs, 0n)
  tracing.rings = [encodeCgroup(9n)]
  assert.equal(lines(contained), [])
  assert.not(tracing.targets.has(9n))
})
s('remembers no cgroup out of its sight that is dead', () => {
  const { tracing, session } = fakeSession({}, false)
  const contained = session.subscribe(everything({ wants: inContainer }))
  const call = encodeCall({ call: 'read', endNs: 1n })
  tracing.rings = [ring(encodeThread({ tid: 1, cgroup: 9n }), call, encodeCgroup(9n))]
  assert.equal(lines(contained), [])
  assert.not(tracing.targets.has(9n))
})
s('looks again, after some time, for a cgroup that was out of its sight', () => {
  const { tracing, session, state } = fakeSession({}, false)
  const contained = session.subscribe(everything({ wants: inContainer }))
  tracing.rings = [ring(encodeThread({ tid: 1, cgroup: 9n }), encodeCall({ call: 'read', endNs: 1n }))]
  contained.take()
  state.nowNs += 301n * SECOND
  tracing.rings = [
    ring(encodeThread({ tid: 2, cgroup: 8n }), encodeCall({ call: 'read', tid: 2, endNs: 1n })),
  ]
  contained.take()
  session.refresh()
  assert.equal([tracing.targets.has(9n), tracing.targets.has(8n)], [false, true])
})
for (const [name, answer, passNs, want] of [
  ['at once, if it is wanted', 'yes', 0n, [['3 share_full'], []]],
  ['never, if it turns out not to be wanted', 'no', 0n, [[], []]],
  ['when it turns out to be wanted', 'late yes', 0n, [[], ['5 share_full']]],
  ['in the end, if nobody can tell', 'unknown', 6n * SECOND, [[], ['5 share_full']]],
] as const)
  s(`tells a job of what a container lost ${name}`, () => {
    const { tracing, session, state } = fakeSession()
    let [decided, isNew] = [answer === 'yes' ? 'yes' : 'unknown', false]
    const hasChanged = () => isNew
    const job = session.subscribe(everything({ wants: () => decided as 'yes', hasChanged }))
    const gaps = () => job.take().gaps.map(({ events, reason }) => `${events} ${reason}`)
    tracing.rings = [encodeCgroup(2n, CONTAINER)]
    gaps()
    tracing.lose(1n, tracing.targets.get(2n)!.owner, 'share_full', 3)
    const first = gaps()
    if (answer !== 'yes') {
      tracing.lose(1n, tracing.targets.get(2n)!.owner, 'share_full', 2)
      first.push(...gaps())
    }
    if (answer !== 'unknown') [decided, isNew] = [answer === 'late yes' ? 'yes' : answer, true]
    state.nowNs += passNs
    session.refresh()
    assert.equal([first, gaps()], want)
    assert.equal(gaps(), [], 'once')
  })
s(
  'tells a job of what a container lost at the end of the job, and of what it lost as that turned out not to be wanted never',
  () => {
    const { tracing, session } = fakeSession()
    let decided = 'unknown'
    const wants = () => decided as 'unknown'
    const [one, other] = [session.subscribe(everything({ wants })), session.subscribe(everything({ wants }))]
    tracing.rings = [encodeCgroup(2n, CONTAINER)]
    one.take()
    const { owner } = tracing.targets.get(2n)!
    tracing.lose(3n, owner, 'share_full', 3)
    assert.equal(
      one.end().gaps.map(({ events }) => events),
      [3],
    )
    tracing.lose(2n, owner, 'share_full', 4)
    decided = 'no'
    session.refresh()
    assert.equal(tracing.targets.get(2n), { jobs: 0n, owner: 0 })
    assert.equal(other.take().gaps, [])
    assert.equal(other.end().gaps, [])
  },
)
s('says whose the losses of a cgroup are that has got a name since', () => {
  const { tracing, session, tree } = fakeSession({}, false)
  const any = session.subscribe(everything())
  tracing.rings = [ring(encodeThread({ tid: 1, cgroup: 2n }), encodeCall({ call: 'read', endNs: 1n }))]
  any.take()
  tree.set(2, CONTAINER)
  tracing.rings = [
    ring(encodeThread({ tid: 2, cgroup: 8n }), encodeCall({ call: 'read', tid: 2, endNs: 1n })),
  ]
  any.take()
  session.refresh()
  tracing.lose(1n, tracing.targets.get(2n)!.owner, 'share_full', 3)
  assert.equal(
    any.take().gaps.map(({ resource }) => resource?.id),
    [`container::${ID}`],
  )
})
s('follows the processes that a job names', () => {
  const { tracing, session } = fakeSession()
  session.subscribe(everything({ pids: [77, 78] }))
  assert.equal(tracing.marked, [
    [0n, 0],
    [1n, 77],
    [1n, 78],
  ])
  assert.is(tracing.jobs.following_jobs, 1n)
})
s('gives the events of all rings in the order in which they ended', () => {
  const { tracing, session } = fakeSession()
  const subscription = session.subscribe(everything())
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
  assert.equal(lines(subscription), [
    'read@100 one unit:ssh.service',
    'getppid@200 two unit:ssh.service',
    'end of 2',
    'close@300 one unit:ssh.service',
  ])
})
s('gives the ends of those alone whose calls it gave', () => {
  const { tracing, session } = fakeSession()
  const subscription = session.subscribe(everything({ wants: inContainer }))
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
  assert.equal(lines(subscription), [`close@3 program container::${ID}`, 'end of 6'])
})
s('keeps back what ended after the look began', () => {
  const { tracing, session, state } = fakeSession()
  const subscription = session.subscribe(everything())
  tracing.rings = [ring(encodeThread({ tid: 1 }), encodeCall({ call: 'read', endNs: 5001n }))]
  assert.is(subscription.take().length, 0)
  state.nowNs = 6000n
  assert.is(subscription.take().length, 1)
})
s('names threads as they were at the call', () => {
  const { tracing, session } = fakeSession()
  const subscription = session.subscribe(everything())
  tracing.rings = [
    ring(
      encodeThread({ tid: 1, comm: 'sh' }),
      encodeCall({ call: 'read', endNs: 1n }),
      encodeThread({ tid: 1, comm: 'cat', version: 2 }),
      encodeCall({ call: 'execve', endNs: 2n, version: 2 }),
    ),
  ]
  assert.equal(
    lines(subscription).map(line => line.split(' ')[1]),
    ['sh', 'cat'],
  )
})
s('names threads as they were at their end, though that comes from another ring', () => {
  const { tracing, session } = fakeSession()
  const subscription = session.subscribe(everything())
  tracing.rings = [
    ring(
      encodeThread({ tid: 1, comm: 'second', version: 2 }),
      encodeCall({ call: 'read', endNs: 2n, version: 2 }),
      encodeEnd({ tid: 1, timeNs: 3n, version: 2 }),
    ),
    ring(encodeThread({ tid: 1, comm: 'first' }), encodeCall({ call: 'read', endNs: 1n })),
  ]
  const names: string[] = []
  subscription.take().visit(session.abis, {
    call: (_, { comm }) => names.push(comm),
    end: (_, { comm }) => names.push(comm),
  })
  assert.equal(names, ['first', 'second', 'second'])
})
s('lets an event wait whose thread is told of in the next look, also of a process that is followed', () => {
  const { tracing, session } = fakeSession()
  const subscription = session.subscribe(everything({ pids: [1] }))
  tracing.rings = [
    ring(encodeThread({ tid: 1, comm: 'old' }), encodeCall({ call: 'read', endNs: 1n, version: 2 })),
    encodeEnd({ tid: 1, timeNs: 2n, version: 3 }),
  ]
  assert.is(subscription.take().length, 0)
  tracing.rings = [
    ring(
      encodeThread({ tid: 1, comm: 'new', version: 2 }),
      encodeThread({ tid: 1, comm: 'last', version: 3 }),
    ),
  ]
  assert.equal(lines(subscription), ['read@1 new unit:ssh.service', 'end of 1'])
})
s('names a thread that is told of a look after its call', () => {
  const { tracing, session } = fakeSession()
  const subscription = session.subscribe(everything())
  tracing.rings = [encodeCall({ call: 'read', endNs: 1n })]
  assert.is(subscription.take().length, 0)
  tracing.rings = [encodeThread({ tid: 1, comm: 'late' })]
  assert.equal(lines(subscription), ['read@1 late unit:ssh.service'])
})
s('gives each job only what it wants, also of what the kernel side could not tell', () => {
  const { tracing, session, tree } = fakeSession()
  const containers = session.subscribe(everything({ wants: inContainer }))
  const units = session.subscribe(everything({ wants: inUnit }))
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
  assert.equal(lines(units), ['close@2 program unit:ssh.service'])
  assert.equal(lines(containers), [`read@1 program container::${ID}`])
})
s('holds what cannot be decided yet, for a while', () => {
  const { tracing, session, state } = fakeSession({ holdMs: 1000 })
  let wanted: 'unknown' | 'yes' = 'unknown'
  const subscription = session.subscribe(everything({ wants: () => wanted }))
  tracing.rings = [ring(encodeThread({ tid: 1 }), encodeCall({ call: 'read', endNs: 10n }))]
  assert.is(subscription.take().length, 0)
  wanted = 'yes'
  session.refresh()
  assert.equal(lines(subscription), ['read@10 program unit:ssh.service'])

  wanted = 'unknown'
  session.refresh()
  tracing.rings = [encodeCall({ call: 'close', endNs: 20n })]
  assert.is(subscription.take().length, 0)
  state.nowNs = 2n * SECOND
  const { length, gaps } = subscription.take()
  assert.is(length, 0)
  assert.equal(
    gaps.map(({ reason, events, resource }) => [reason, events, resource?.id]),
    [['unresolved', 1, 'unit:ssh.service']],
  )
})
s('gives an end behind the calls that waited, though it came before anybody knew whose they are', () => {
  const { tracing, session } = fakeSession({ holdMs: 1000 })
  let wanted: 'unknown' | 'yes' = 'unknown'
  const subscription = session.subscribe(everything({ wants: () => wanted }))
  const call = encodeCall({ call: 'read', endNs: 10n })
  tracing.rings = [ring(encodeThread({ tid: 1 }), call, encodeEnd({ tid: 1, timeNs: 20n }))]
  assert.is(subscription.take().length, 0)
  wanted = 'yes'
  session.refresh()
  assert.equal(lines(subscription), ['read@10 program unit:ssh.service', 'end of 1'])
})
s('holds no more than it may', () => {
  const { tracing, session } = fakeSession({ maxHeld: 2 })
  const subscription = session.subscribe(everything({ wants: () => 'unknown' }))
  const calls = [1n, 2n, 3n, 4n].map(endNs => encodeCall({ call: 'read', endNs }))
  tracing.rings = [ring(encodeThread({ tid: 1 }), ...calls)]
  const { gaps } = subscription.take()
  assert.equal(
    gaps.map(({ reason, events }) => [reason, events]),
    [['unresolved', 2]],
  )
})
s('says what was lost, and of whom', () => {
  const { tracing, session, tree } = fakeSession()
  tree.set(2, CONTAINER)
  const subscription = session.subscribe(everything())
  tracing.rings = [encodeCgroup(2n, CONTAINER)]
  subscription.take()
  const { owner } = tracing.targets.get(2n)!
  tracing.lose(1n, owner, 'share_full', 42)
  assert.equal(
    subscription.take().gaps.map(({ reason, events, resource }) => [reason, events, resource?.id]),
    [['share_full', 42, `container::${ID}`]],
  )
})
s('leaves nothing waiting at the end', () => {
  const { tracing, session } = fakeSession()
  const subscription = session.subscribe(everything())
  tracing.rings = [ring(encodeThread({ tid: 1 }), encodeCall({ call: 'read', endNs: SECOND }))]
  assert.is(subscription.end().length, 1)
})
s.run()
