/** Schedules, through the days: the clock begins at 2023-11-14T22:13:20Z. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TRACES } from '../../controller/kinds.ts'
import { ApiError } from '../../kubernetes/client/api-error.ts'
import { createRig, type Rig } from './kit/rig.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const children = (rig: Rig, parent = 'cron') =>
  rig
    .traces()
    .filter(({ metadata }) => metadata.ownerReferences?.[0]?.name === parent)
    .map(({ metadata }) =>
      new Date(Number(metadata.name.split('-').at(-1)) * MINUTE).toISOString().slice(0, 16),
    )
const reasons = (rig: Rig) => rig.events().map(({ reason }) => reason)

const s = suite('a schedule')
s('starts a Trace like itself at each time, without what is the schedule’s', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('cron', {
    schedule: '*/15 * * * *',
    duration: '1m',
    syscalls: ['openat'],
    timeZone: 'Europe/Berlin',
  })
  await rig.clock.advance(40 * MINUTE)
  assert.equal(children(rig), ['2023-11-14T22:15', '2023-11-14T22:30', '2023-11-14T22:45'])
  const child = rig.traces().find(({ metadata }) => metadata.name !== 'cron')!
  assert.equal(child.spec, { duration: '1m', syscalls: ['openat'] })
  assert.is(child.status?.state, 'Complete')
  const { status } = rig.trace('cron')!
  assert.is(status?.state, 'Pending')
  assert.is(status?.lastScheduleTime, '2023-11-14T22:45:00Z')
  assert.is(status?.nextScheduleTime, '2023-11-14T23:00:00Z')
})
s('knows time zones', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('cron', { schedule: '0 0 * * *', duration: '1m', timeZone: 'Europe/Berlin' })
  await rig.clock.advance(2 * HOUR)
  assert.equal(children(rig), ['2023-11-14T23:00'])
})
s('starts nothing while the one before runs, and says so', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('cron', { schedule: '*/5 * * * *', duration: '7m' })
  await rig.clock.advance(20 * MINUTE)
  assert.equal(children(rig), ['2023-11-14T22:15', '2023-11-14T22:25'])
  assert.ok(reasons(rig).includes('Skipped'))
})
s('is not held up by a Trace of another namespace that names it as its owner', async () => {
  const rig = createRig()
  await rig.lead()
  const { apiVersion, kind, metadata } = rig.create('cron', { schedule: '*/5 * * * *', duration: '1m' })
  const { name, uid } = metadata
  const ownerReferences = [{ apiVersion, kind, name, uid }]
  const forged = { name: 'forged', namespace: 'bank', ownerReferences }
  rig.cluster.create(
    { ...TRACES, namespace: 'bank' },
    { apiVersion, kind, metadata: forged, spec: { duration: '1h' } },
  )
  await rig.clock.advance(4 * MINUTE)
  assert.equal(
    ['Started', 'Skipped'].map(reason => reasons(rig).includes(reason)),
    [true, false],
  )
})
s('makes up for what was missed a moment ago, once, and not for more', async () => {
  const rig = createRig()
  const first = await rig.lead()
  rig.create('cron', { schedule: '0 * * * *', duration: '1m' })
  await rig.clock.advance(MINUTE)
  first.kill()
  await rig.clock.advance(50 * MINUTE) // 23:04: four minutes late
  const second = await rig.lead()
  await rig.clock.advance(MINUTE)
  assert.equal(children(rig), ['2023-11-14T23:00'])
  second.kill()
  await rig.clock.advance(70 * MINUTE) // 00:15: a quarter of an hour late
  await rig.lead()
  await rig.clock.advance(MINUTE)
  assert.equal(children(rig), ['2023-11-14T23:00'])
})
s('starts what it could not start at first', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('cron', { schedule: '15 * * * *', duration: '1m' })
  await rig.clock.advance(MINUTE)
  rig.faults.api = () => 'before'
  await rig.clock.advance(2 * MINUTE)
  assert.equal(children(rig), [])
  rig.faults.api = () => 'none'
  await rig.clock.advance(2 * MINUTE)
  assert.equal(children(rig), ['2023-11-14T22:15'])
})
s('does not take what it has just started for the one before when its status cannot be written', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('cron', { schedule: '15 * * * *', duration: '5m' })
  await rig.clock.advance(MINUTE)
  rig.faults.api = () => 'conflict'
  await rig.clock.advance(MINUTE) // 22:15:20
  rig.faults.api = () => 'none'
  await rig.clock.advance(MINUTE)
  assert.equal(children(rig), ['2023-11-14T22:15'])
  assert.is(rig.trace('cron')?.status?.lastScheduleTime, '2023-11-14T22:15:00Z')
  assert.not.ok(reasons(rig).includes('Skipped'))
})
s('gives a Trace a name that is one, wherever its own is cut', async () => {
  const rig = createRig()
  await rig.lead()
  const name = `${'a'.repeat(51)}.b`
  rig.create(name, { schedule: '15 * * * *', duration: '1m' })
  await rig.clock.advance(3 * MINUTE)
  assert.match(rig.traces().find(each => each.metadata.name !== name)!.metadata.name, /^a{51}-\d+$/)
})
s('starts nothing while it is suspended, and nothing afterwards for that time', async () => {
  const rig = createRig()
  await rig.lead()
  const spec = { schedule: '*/15 * * * *', duration: '1m' }
  rig.create('cron', { ...spec, suspend: true })
  await rig.clock.advance(20 * MINUTE) // 22:33
  assert.equal(children(rig), [])
  assert.is(
    rig.trace('cron')?.status?.conditions?.find(({ type }) => type === 'Scheduled')?.reason,
    'Suspended',
  )
  rig.update('cron', { ...spec, suspend: false })
  await rig.clock.advance(14 * MINUTE)
  assert.equal(children(rig), ['2023-11-14T22:45'])
})
s('keeps as many as it is told, the last ones', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('cron', { schedule: '*/5 * * * *', duration: '1m', successfulTracesHistoryLimit: 2 })
  await rig.clock.advance(34 * MINUTE)
  assert.equal(children(rig), ['2023-11-14T22:40', '2023-11-14T22:45'])
})
s('goes on when old ones cannot be deleted', async () => {
  const rig = createRig()
  rig.cluster.delete = () => {
    throw new ApiError('admission webhook "x" denied the request', { status: 403 })
  }
  await rig.lead()
  rig.create('cron', { schedule: '*/5 * * * *', duration: '1m', successfulTracesHistoryLimit: 0 })
  await rig.clock.advance(13 * MINUTE)
  assert.equal(children(rig), ['2023-11-14T22:15', '2023-11-14T22:20', '2023-11-14T22:25'])
})
s('goes with all that it has started', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('cron', { schedule: '*/5 * * * *', duration: '4m' })
  await rig.clock.advance(3 * MINUTE)
  assert.is(rig.traces().length, 2)
  rig.delete('cron')
  await rig.clock.advance(MINUTE)
  assert.equal(rig.traces(), [])
  for (const agent of rig.agents.agents.values()) assert.equal(agent.running(rig.clock.monotonicMs()), [])
})
s('does not take a Trace of somebody else for its own', async () => {
  const rig = createRig()
  await rig.lead()
  rig.create('cron', { schedule: '15 * * * *', duration: '1m' })
  rig.create(`cron-${Date.parse('2023-11-14T22:15:00Z') / MINUTE}`, {})
  await rig.clock.advance(3 * MINUTE)
  const degraded = rig.trace('cron')?.status?.conditions?.find(({ type }) => type === 'Degraded')
  assert.match(degraded?.message ?? '', /must be a name that no other Trace has/)
})
s.run()
