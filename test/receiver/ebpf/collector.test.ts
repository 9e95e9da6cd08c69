/** A collection has every call under its name, once; what is gone is sent a last time, and what has no name yet waits. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LatencyMode } from '../../../kernel/settings.ts'
import { REASONS } from '../../../native/generated/layout.ts'
import { Collector } from '../../../receiver/ebpf/collector.ts'
import { config } from '../../../receiver/ebpf/config.ts'
import { fakeClock } from '../../kit/clock.ts'
import { toPoints } from '../../kit/metrics.ts'
import { container, FakeKernelSide, takeJournal } from './fake-kernel-side.ts'

const HOLD_MS = 10_000
const TOMBSTONE_MS = 30_000
const A = container(1)
const B = container(2)

/** A collector over a fake kernel side in which cgroup 1 is container A. */
function createScene(written: object = {}, unixNano = 1000n) {
  const clock = fakeClock(unixNano)
  const settings = config.parse(written)
  const kernel = new FakeKernelSide(() => clock.monotonicMs(), settings.latency as LatencyMode, settings)
  kernel.tree.set(1, A.path)
  const collector = new Collector(settings, clock, () => kernel)
  const collect = (isLast = false) =>
    toPoints(collector.collect(isLast))
      .filter(point => point.metric === 'swoll.syscall.calls')
      .map(({ resource, attributes, value, ended }) =>
        [resource, attributes['syscall.name'], value, ended ? 'ended' : ''].join(' ').trim(),
      )
      .sort()
  return { clock, kernel, collector, collect }
}

const s = suite('Collector')
s('names the cgroups there are once the kernel side counts', () => {
  const { kernel, collector } = createScene()
  assert.equal(takeJournal(kernel), ['walk'])
  assert.is(collector.registry.stats().cgroups, 1)
  assert.is(collector.books, undefined)
})
s('throws what the kernel side throws', () => {
  const open = () => {
    throw new Error('refused')
  }
  assert.throws(() => new Collector(config.parse({}), fakeClock(), open), 'refused')
})
s('gives every call since the start, and balances', () => {
  const { kernel, collector, collect } = createScene()
  for (let i = 0; i < 3; i++) kernel.call(1n, 0)
  kernel.call(1n, 1)
  assert.equal(collect(), [`${A.resource} read 3`, `${A.resource} write 1`])
  kernel.call(1n, 1, 1)
  assert.equal(collect(), [`${A.resource} read 3`, `${A.resource} write 2`])
  assert.equal([collector.books?.returned, collector.books?.unaccounted], [5, 0])
})
s('starts series at the moment before the kernel side counts', async () => {
  const { clock, kernel, collector } = createScene()
  await clock.advance(1)
  kernel.call(1n, 0)
  const [first] = toPoints(collector.collect())
  assert.equal([first?.start, first?.time], [1000n, 1_001_000n])
})
s('names a container that is born and calls between two collections', () => {
  const { kernel, collect } = createScene()
  kernel.call(2n, 0)
  kernel.born(2n, B.path)
  assert.equal(collect(), [`${B.resource} read 1`])
})
s('keeps calls that were drained before', () => {
  const { kernel, collector, collect } = createScene()
  for (let number = 0; number < 100; number++) kernel.call(1n, number)
  collector.drain()
  assert.ok(collector.store.rows > 60, 'what has left the table is in the state')
  assert.is(collect().length, 100)
})
s('sends the series of a dead container a last time, and then no more', async () => {
  const { clock, kernel, collector, collect } = createScene()
  kernel.born(2n, B.path)
  kernel.call(2n, 0)
  kernel.died(2n)
  assert.equal(collect(), [`${B.resource} read 1`])
  assert.equal(collect(), [`${B.resource} read 1`])
  await clock.advance(TOMBSTONE_MS)
  assert.equal(collect(), [`${B.resource} read 1 ended`])
  assert.equal(collect(), [])
  assert.is(collector.store.rows, 0)
})
s('counts a container whose id returns from nothing', async () => {
  const { clock, kernel, collect } = createScene()
  kernel.call(1n, 0)
  kernel.died(1n)
  for (let i = 0; i < 2; i++) collect()
  await clock.advance(TOMBSTONE_MS)
  assert.equal(collect(), [`${A.resource} read 1 ended`])
  kernel.born(7n, A.path)
  kernel.call(7n, 0)
  assert.equal(collect(), [`${A.resource} read 1`])
})
s('holds the calls of a cgroup nobody has named, and names them late', async () => {
  const { clock, kernel, collect } = createScene()
  kernel.call(5n, 0)
  assert.equal(collect(), [])
  kernel.born(5n, B.path)
  await clock.advance(1000)
  assert.equal(collect(), [`${B.resource} read 1`])
})
s('looks for them at each drain, not only when it collects', () => {
  const { kernel, collector, collect } = createScene()
  kernel.call(5n, 0)
  assert.equal(collect(), [])
  kernel.call(6n, 0)
  kernel.tree.set(6, B.path)
  assert.equal(
    collect(),
    [`${B.resource} read 1`],
    'a first walk did not find 5, and is not made again for it',
  )
  assert.is(collector.registry.stats().held, 1)
  kernel.born(5n, B.path)
  collector.drain()
  assert.is(collector.registry.stats().held, 0)
})
s('leaves out what the configuration does, also what was counted before its cgroup had a name', () => {
  const { kernel, collector, collect } = createScene({ from: 'containers', exclude: [] })
  kernel.call(5n, 0)
  kernel.born(6n, B.path)
  kernel.call(6n, 0)
  kernel.born(5n, '/system.slice/ssh.service')
  assert.equal(collect(), [`${B.resource} read 1`])
  assert.equal([...collector.exclusions.dropped()], [['from: containers', 1]])
  assert.ok(kernel.journal.includes('rules 1 of 5'))
})
s('gives up a name in time, and all names at the end', async () => {
  const { clock, kernel, collect } = createScene()
  kernel.call(5n, 0)
  assert.equal(collect(), [])
  await clock.advance(HOLD_MS)
  assert.equal(collect(), ['unresolved read 1'])
  kernel.call(6n, 1)
  assert.equal(collect(), ['unresolved read 1'])
  assert.equal(collect(true), ['unresolved read 1', 'unresolved write 1'])
})
s('looks for the dead by a walk when births or deaths were lost', async () => {
  const { clock, kernel, collector, collect } = createScene()
  kernel.born(2n, B.path)
  kernel.call(2n, 0)
  collect()
  kernel.tree.delete(2)
  const lost = REASONS.find(reason => reason.name === 'cgroup_ring_full')!
  kernel.lose(lost.id, 1n)
  await clock.advance(TOMBSTONE_MS)
  takeJournal(kernel)
  collect()
  collect()
  assert.is(takeJournal(kernel).filter(line => line === 'walk').length, 1, 'once for what was lost once')
  assert.is(collector.registry.stats().tombstones, 1)
})
s('folds what is over the limit of one resource', () => {
  const { kernel, collect } = createScene({ max_series_per_resource: 100 })
  for (let number = 0; number < 150; number++) kernel.call(1n, number)
  const lines = collect()
  assert.is(lines.length, 101)
  assert.is(lines.filter(line => line === `${A.resource}  50`).length, 1)
})
s('says how long calls took only when they were timed', () => {
  const { kernel, collector } = createScene({ latency: 'off' })
  kernel.call(1n, 0)
  assert.equal(
    toPoints(collector.collect()).map(point => point.metric),
    ['swoll.syscall.calls'],
  )
  assert.is(collector.books?.unaccounted, undefined)
})
/** Steps through a scene; a step returns value, start and time (in seconds from the scene's start) of the first call's series. */
function createSteps() {
  const START = 1_700_000_000_000_000_000n
  const { clock, kernel, collector } = createScene({}, START)
  const toSeconds = (ns: bigint) => Math.round(Number(ns - START) / 1e9)
  return {
    clock,
    kernel,
    collect: async () => {
      await clock.advance(10_000)
      const points = toPoints(collector.collect())
      return points
        .filter(point => point.metric === 'swoll.syscall.calls')
        .map(
          p =>
            `${p.attributes['syscall.name']} ${p.value} from ${toSeconds(p.start)} at ${toSeconds(p.time)}`,
        )
        .sort()
        .join(', ')
    },
  }
}
const DAY_S = 86_400
const DAY_NS = BigInt(DAY_S) * 1_000_000_000n

s('follows a clock that is set forward; series go on with the start they had', async () => {
  const { clock, kernel, collect } = createSteps()
  kernel.call(1n, 0)
  assert.is(await collect(), 'read 1 from 0 at 10')
  clock.set(DAY_NS)
  kernel.call(1n, 0)
  kernel.call(1n, 1)
  const since = DAY_S + 10
  assert.is(await collect(), `read 2 from 0 at ${since + 10}, write 1 from ${since} at ${since + 10}`)
  assert.is(await collect(), `read 2 from 0 at ${since + 20}, write 1 from ${since} at ${since + 20}`)
})
s('corrects the start of series that nobody has seen yet, drained or not', async () => {
  const { clock, kernel, collect } = createSteps()
  kernel.call(1n, 0)
  clock.set(DAY_NS)
  kernel.call(1n, 1)
  assert.is(await collect(), `read 1 from ${DAY_S} at ${DAY_S + 10}, write 1 from ${DAY_S} at ${DAY_S + 10}`)
})
s(
  'follows a clock that is set back; series begin anew once what they had is told, and no call is told twice',
  async () => {
    const { clock, kernel, collect } = createSteps()
    for (let i = 0; i < 5; i++) kernel.call(1n, 0)
    assert.is(await collect(), 'read 5 from 0 at 10')
    clock.set(-DAY_NS)
    kernel.call(1n, 0)
    kernel.call(1n, 1)
    assert.is(await collect(), 'read 6 from 0 at 20, write 1 from 10 at 20')
    const since = 20 - DAY_S
    kernel.call(1n, 0)
    assert.is(
      await collect(),
      `read 1 from ${since} at ${since + 10}, write 0 from ${since} at ${since + 10}`,
    )
    kernel.call(1n, 2)
    assert.is(
      await collect(),
      `open 1 from ${since + 10} at ${since + 20}, read 1 from ${since} at ${since + 20}, write 0 from ${since} at ${since + 20}`,
    )
  },
)
s('keeps what waits for a name when all else begins anew', async () => {
  const { clock, kernel, collect } = createSteps()
  assert.is(await collect(), '')
  for (let i = 0; i < 3; i++) kernel.call(7n, 0) // nobody knows the cgroup yet
  clock.set(-DAY_NS)
  assert.is(await collect(), '')
  kernel.tree.set(7, B.path)
  kernel.call(7n, 0)
  assert.is(await collect(), `read 4 from ${20 - DAY_S} at ${30 - DAY_S}`)
})
s('says by the epoch that all series have begun anew', async () => {
  const { clock, kernel, collector } = createScene({}, 1_700_000_000_000_000_000n)
  kernel.call(1n, 0)
  const epoch = async () => {
    await clock.advance(10_000)
    return collector.collect().tables[0]!.epoch
  }
  const first = (await epoch())!
  clock.set(-DAY_NS)
  assert.is(await epoch(), first, 'a last time on the old clock')
  assert.is(await epoch(), first + 1)
  clock.set(DAY_NS)
  assert.is(await epoch(), first + 1)
  clock.set(-DAY_NS)
  await epoch()
  assert.is(await epoch(), first + 2)
})
s('closes the kernel side', () => {
  const { kernel, collector } = createScene()
  takeJournal(kernel)
  collector.close()
  assert.equal(takeJournal(kernel), ['close'])
})
s.run()
