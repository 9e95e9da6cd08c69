/** Calls in flight in the batches of a collector: of whom, for how long, and gone when they are. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LatencyMode } from '../../../../kernel/settings.ts'
import * as layout from '../../../../native/generated/layout.ts'
import { Collector } from '../../../../receiver/ebpf/collector.ts'
import { config } from '../../../../receiver/ebpf/config.ts'
import { fakeClock } from '../../../kit/clock.ts'
import { toPoints } from '../../../kit/metrics.ts'
import { container, FakeKernelSide } from '../fake-kernel-side.ts'

const A = container(1)
const B = container(2)
const READ = 0
const OPEN_I386 = (1n << 48n) | 5n
const OTHER_CGROUP = `${A.path}/child`

/** A collector over a fake kernel side in which cgroup 1 is container A, and so is 3; 4 is a unit. */
function createScene(written: object = {}) {
  const clock = fakeClock(1000n)
  const settings = config.parse(written)
  const kernel = new FakeKernelSide(() => clock.monotonicMs(), settings.latency as LatencyMode, settings)
  kernel.tree.set(1, A.path).set(3, OTHER_CGROUP).set(4, '/system.slice/ssh.service')
  const collector = new Collector(settings, clock, () => kernel)
  /** `resource call longest calls`, and whether it is the last time. */
  const collect = () => {
    const points = toPoints(collector.collect())
    const values = (metric: string) => points.filter(p => p.metric === `swoll.syscall.in_flight.${metric}`)
    const calls = values('calls')
    return values('longest').map(({ resource, attributes, value, ended }, i) =>
      [
        resource.replace('container::000', ''),
        attributes['syscall.name'],
        attributes['syscall.abi'],
        value,
        calls[i]!.value,
        ended ? 'ended' : undefined,
      ]
        .filter(part => part !== undefined)
        .join(' ')
        .replace(/^0+/, ''),
    )
  }
  return { clock, kernel, collector, collect }
}

const s = suite('InFlight')
s('shows a call from the threshold on, with its time, and as ended once when it is over', async () => {
  const { clock, kernel, collect } = createScene()
  kernel.enter(0, 1n, READ)
  await clock.advance(9999)
  assert.equal(collect(), [])
  await clock.advance(1)
  assert.equal(collect(), ['1 read 10 1'])
  await clock.advance(2500)
  assert.equal(collect(), ['1 read 12.5 1'])
  kernel.leave(0)
  assert.equal(collect(), ['1 read 12.5 1 ended'])
  assert.equal(collect(), [])
})
s('adds up the threads of all cgroups of a container, and has the longest of them', async () => {
  const { clock, kernel, collect } = createScene()
  kernel.enter(0, 3n, READ)
  await clock.advance(1000)
  kernel.enter(1, 1n, READ)
  kernel.enter(2, 1n, OPEN_I386)
  kernel.enter(3, 4n, READ)
  await clock.advance(10_000)
  assert.equal(collect(), ['1 read 11 2', '1 open i386 10 1', 'unit:ssh.service read 10 1'])
})
s('is the time since a call was found that was there before', async () => {
  const { clock, kernel, collect } = createScene({ in_flight: { threshold: '1s' } })
  kernel.enter(0, 1n, READ, layout.IN_OLD_CALL)
  await clock.advance(1500)
  assert.equal(collect(), ['1 read 1.5 1'])
})
s('lacks a thread that was condemned', async () => {
  const { clock, kernel, collect } = createScene()
  kernel.enter(0, 1n, READ, layout.CONDEMNED)
  await clock.advance(20_000)
  assert.equal(collect(), [])
})
s('ends a row when another thread of the slot makes another call', async () => {
  const { clock, kernel, collect } = createScene()
  kernel.enter(0, 1n, READ)
  await clock.advance(10_000)
  collect()
  kernel.enter(0, 1n, 1)
  await clock.advance(10_000)
  assert.equal(collect(), ['1 write 10 1', '1 read 10 1 ended'])
})
s('waits for the name of a cgroup that nobody knows yet', async () => {
  const { clock, kernel, collect } = createScene()
  kernel.enter(0, 2n, READ)
  await clock.advance(10_000)
  assert.equal(collect(), [])
  kernel.born(2n, B.path)
  await clock.advance(1000)
  assert.equal(collect(), ['2 read 11 1'])
})
s('shows what cannot be named in time under no name', async () => {
  const { clock, kernel, collect } = createScene()
  kernel.enter(0, 2n, READ)
  await clock.advance(10_000)
  collect()
  await clock.advance(10_000)
  collect()
  assert.equal(collect(), ['unresolved read 20 1'])
})
s('leaves out what is excluded', async () => {
  const { clock, kernel, collect } = createScene({ from: 'containers', exclude: [{ syscalls: ['write'] }] })
  kernel.enter(0, 1n, READ)
  kernel.enter(1, 1n, 1)
  kernel.enter(2, 4n, READ)
  await clock.advance(10_000)
  assert.equal(collect(), ['1 read 10 1'])
})
for (const [name, written] of [
  ['it is switched off', { in_flight: { enabled: false } }],
  ['only a share of the calls has a time', { latency: 'sampled' }],
  ['no call has a time', { latency: 'off' }],
] as const)
  s(`shows nothing where ${name}`, async () => {
    const { clock, kernel, collect } = createScene(written)
    kernel.enter(0, 1n, READ)
    await clock.advance(60_000)
    assert.equal(collect(), [])
  })
s('follows another threshold at once, and ends all when it is switched off', async () => {
  const { clock, kernel, collector, collect } = createScene()
  kernel.enter(0, 1n, READ)
  await clock.advance(5000)
  assert.equal(collect(), [])
  collector.inFlight.thresholdMs = 2000
  assert.equal(collect(), ['1 read 5 1'])
  collector.inFlight.thresholdMs = undefined
  assert.equal(collect(), ['1 read 5 1 ended'])
  assert.equal(collect(), [])
})
s('is a table of its own beside that of the calls, of the same scope and time, and of no start', async () => {
  const { clock, kernel, collector } = createScene()
  kernel.call(1n, 0)
  kernel.enter(0, 4n, READ)
  await clock.advance(10_000)
  const { tables, resources } = collector.collect()
  assert.equal(
    tables.map(({ scope, timeUnixNano, epoch }) => ({ scope, timeUnixNano, epoch })),
    Array(2).fill({
      scope: tables[0]!.scope,
      timeUnixNano: tables[0]!.timeUnixNano,
      epoch: tables[0]!.epoch,
    }),
  )
  assert.equal([...tables[1]!.startTimeUnixNano], [0n])
  assert.equal(
    resources.map(({ id }) => id),
    [A.resource, 'unit:ssh.service'],
  )
})
s.run()
