/** The receiver's own metrics say what the books, the kernel side and the state say. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { REASONS } from '../../../native/generated/layout.ts'
import { Collector } from '../../../receiver/ebpf/collector.ts'
import { config } from '../../../receiver/ebpf/config.ts'
import { observeCollector } from '../../../receiver/ebpf/telemetry.ts'
import { fakeClock } from '../../kit/clock.ts'
import { recordingMeter } from '../../kit/context.ts'
import { container, FakeKernelSide } from './fake-kernel-side.ts'

const A = container(1)
const ID = 1n.toString(16).padStart(64, '0')
const reasonId = (name: string) => REASONS.find(reason => reason.name === name)!.id

/** A collector in which cgroup 1 is container A; `read` gives its metrics without their common prefix and attribute. */
function createScene(written: object = {}, hasStatistics = true) {
  const clock = fakeClock()
  const settings = config.parse(written)
  const kernel = new FakeKernelSide(() => clock.monotonicMs(), settings.latency)
  kernel.tree.set(1, A.path)
  const collector = new Collector(settings, clock, () => kernel)
  const { meter, read } = recordingMeter()
  const remove = observeCollector(meter, 'ebpf/test', { collector, hasStatistics })
  const readShort = async () => {
    const entries = Object.entries(await read()).map(([name, value]) => {
      assert.match(name, /^receiver_ebpf_.*receiver=ebpf\/test/)
      const short = name.replace('receiver_ebpf_', '').replace(/,?receiver=ebpf\/test/, '')
      return [short.replace('{}', '').replace('{,', '{'), value] as const
    })
    return Object.fromEntries(entries)
  }
  return { kernel, collector, read: readShort, remove }
}

const s = suite('observeCollector')
s('says nothing wrong before the first collection', async () => {
  const { read } = createScene()
  const values = await read()
  assert.is(values.enters, 0)
  assert.is(values.unaccounted_calls, undefined, 'not known yet')
  assert.is(values['calls{outcome=returned}'], undefined)
  assert.is(values['lost_events{reason=ring_full}'], 0)
})
s('shows the books', async () => {
  const { kernel, collector, read } = createScene()
  for (let i = 0; i < 5; i++) kernel.call(1n, 0)
  kernel.begin(2)
  kernel.book('attached', 3n)
  kernel.book('childReturns', 4n)
  kernel.book('inflightCollisions', 6n)
  kernel.lose(reasonId('ring_full'), 7n)
  kernel.lose(reasonId('exit_missed'), 1n)
  collector.collect()
  const values = await read()
  const got = (name: string) => values[name]
  assert.is(got('enters'), 10)
  assert.is(got('in_flight_calls'), 0)
  assert.is(got('unaccounted_calls'), 4, '10 began, 5 are counted, 1 was missed')
  assert.is(got('child_returns'), 4)
  assert.is(got('inflight_collisions'), 6)
  assert.is(got('lost_events{reason=ring_full}'), 7)
  assert.is(got('lost_events{reason=exit_missed}'), 1)
  for (const { name } of REASONS) assert.type(got(`lost_events{reason=${name}}`), 'number')
})
s('shows calls by how they ended', async () => {
  const { kernel, collector, read } = createScene()
  const outcomes = ['returned', 'restarted', 'denied', 'killed', 'no_return'] as const
  for (const [code] of outcomes.entries())
    for (let i = 0; i <= code; i++) kernel.call(1n, 5n + (BigInt(code) << 56n))
  collector.collect()
  const values = await read()
  for (const [code, name] of outcomes.entries()) assert.is(values[`calls{outcome=${name}}`], code + 1)
  assert.is(values['calls{outcome=spilled}'], 0)
})
s('knows no balance unless every call is seen to begin', async () => {
  const { collector, read } = createScene({ latency: 'sampled' })
  collector.collect()
  assert.is((await read()).unaccounted_calls, undefined)
})
s('shows losses by container', async () => {
  const { kernel, read } = createScene()
  kernel.losses = [1n, BigInt(reasonId('ring_full')), 5n, 1n, BigInt(reasonId('exit_missed')), 2n]
  const values = await read()
  const labels = (reason: string) =>
    `container_lost_events{container.id=${ID},k8s.pod.uid=12345678-0000-4000-8000-000000000001,reason=${reason}}`
  assert.is(values[labels('ring_full')], 5)
  assert.is(values[labels('exit_missed')], 2)
})
s('adds up the losses of the cgroups of one container', async () => {
  const { kernel, collector, read } = createScene()
  kernel.born(2n, `${A.path}/inner`)
  collector.drain()
  kernel.losses = [1n, 0n, 5n, 2n, 0n, 6n]
  const own = Object.entries(await read()).filter(([name]) => name.startsWith('container_lost_events'))
  assert.equal(
    own.map(([, value]) => value),
    [11],
  )
})
s('shows losses of a cgroup nobody knows without a name, and does not look for it', async () => {
  const { kernel, collector, read } = createScene()
  kernel.losses = [99n, BigInt(reasonId('ring_full')), 7n]
  assert.is((await read())['container_lost_events{reason=ring_full}'], 7)
  assert.is(collector.registry.stats().held, 0)
})
s('shows the fill of tables, queue and state', async () => {
  const { kernel, collector, read } = createScene()
  kernel.call(1n, 0)
  kernel.call(1n, 1)
  kernel.ring = { queuedBytes: 123, stalls: 4n }
  kernel.born(2n, container(2).path)
  kernel.born(3n, container(3).path)
  kernel.died(3n)
  collector.collect()
  const values = await read()
  for (const [name, want] of Object.entries({
    table_ways: 2,
    table_capacity: 2 * 4 * 4,
    queue_size: 123,
    queue_stalls: 4,
    series: 2,
    folded_calls: 0,
    'cgroups{state=live}': 2,
    'cgroups{state=dead}': 1,
    'cgroups{state=held}': 0,
    unresolved_cgroups: 0,
    cgroup_births: 2,
    cgroup_deaths: 1,
  }))
    assert.is(values[name], want, name)
})
s('shows what each program costs and misses', async () => {
  const { kernel, read } = createScene()
  const info = { id: 1, verifiedInstructions: 0, translatedBytes: 0, jitedBytes: 0 }
  kernel.programs.set('sys_exit', { ...info, runCount: 10n, runTimeNs: 900n, recursionMisses: 1n })
  kernel.programs.set('sys_enter', { ...info, runCount: 20n, runTimeNs: 800n, recursionMisses: 0n })
  const values = await read()
  assert.is(values['program_runs{program=sys_exit}'], 10)
  assert.is(values['program_time{program=sys_enter}'], 800)
  assert.is(values['program_misses{program=sys_exit}'], 1)
  const untimed = await createScene({}, false).read()
  assert.equal(
    Object.keys(untimed).filter(name => /^program_(runs|time)/.test(name)),
    [],
    'no zeros that look like measured ones',
  )
})
s('is silent once removed', async () => {
  const { read, remove } = createScene()
  remove()
  assert.equal(await read(), {})
})
s.run()
