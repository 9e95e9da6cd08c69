/** The gauges of calls in flight, from the kernel: each call that hangs, of whom, since when; and none once it has ended, however it did. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { systemClock } from '../../pipeline/clock.ts'
import { Collector } from '../../receiver/ebpf/collector.ts'
import { config } from '../../receiver/ebpf/config.ts'
import { toPoints } from '../kit/metrics.ts'
import { lacksBpf, lacksRoot, requireAll } from '../kit/skip.ts'
import { Cgroup, cgroupRoot } from './kit/cgroup.ts'
import { Workload, workloadPath } from './kit/workload.ts'

requireAll(lacksRoot(), lacksBpf())

const THRESHOLD_MS = 500
/** As blocked.c has them beside its reads. */
const PAUSES = 101

interface InFlightRow {
  readonly call: string
  readonly calls: number
  readonly longestS: number
  readonly isEnded: boolean
}

/** Counts this machine's calls, with a low threshold. */
class Counted implements Disposable {
  readonly #collector: Collector

  constructor(written: object = {}) {
    const settings = { in_flight: { threshold: `${THRESHOLD_MS}ms` }, ...written }
    this.#collector = new Collector(config.parse(settings), systemClock)
  }

  /** The rows of those whose resource has this value. */
  collect(whose: string): InFlightRow[] {
    const points = toPoints(this.#collector.collect()).filter(({ resourceAttributes }) =>
      Object.values(resourceAttributes).includes(whose),
    )
    const of = (name: string) => points.filter(({ metric }) => metric === `swoll.syscall.in_flight.${name}`)
    const longest = of('longest')
    return of('calls').map(({ attributes, value, ended }, i) => ({
      call: String(attributes['syscall.name']),
      calls: value as number,
      longestS: longest[i]!.value as number,
      isEnded: ended,
    }))
  }

  /** Living rows as `call calls`. */
  living(whose: string): string[] {
    const rows = this.collect(whose).filter(({ isEnded }) => !isEnded)
    return rows.map(({ call, calls }) => `${call} ${calls}`).sort()
  }

  get collisions(): number {
    return this.#collector.books!.inflightCollisions
  }

  [Symbol.dispose](): void {
    this.#collector.close()
  }
}

const later = () => delay(THRESHOLD_MS + 100)
const nameOf = (cgroup: Cgroup) => `/${cgroup.name}`

/** A process that waits for bytes on its standard input, in the folder of a cgroup: since when, by our own clock. */
async function startCat(folder: string) {
  const begunMs = performance.now()
  const workload = new Workload([workloadPath('enter-cgroup'), folder, '/bin/cat'])
  const isReading = () => {
    const tids = readFileSync(join(folder, 'cgroup.procs'), 'utf8').trim().split('\n')
    return tids.some(tid => tid !== '' && readFileSync(`/proc/${tid}/syscall`, 'utf8').startsWith('0 0x0 '))
  }
  while (!isReading()) await delay(1)
  return { workload, begunMs, seenMs: performance.now() }
}

const s = suite('calls in flight')
for (const [name, sizes] of [
  ['each in a slot of its own', {}],
  ['more than there are slots', { inflight_slots: 1024 }],
] as const)
  s(`are counted exactly, and are gone when they have returned: threads ${name}`, async () => {
    await using cgroup = Cgroup.create()
    const reads = 1997
    using counted = new Counted(sizes)
    const begunMs = performance.now()
    const blocked = Workload.start(cgroup, 'blocked', String(reads))
    await blocked.ready()
    assert.equal(
      counted.collect(nameOf(cgroup)).filter(({ longestS }) => longestS < THRESHOLD_MS / 1000),
      [],
    )
    await later()
    const rows = counted.collect(nameOf(cgroup))
    const lastS = (performance.now() - begunMs) / 1000
    assert.equal(rows.map(({ call, calls }) => `${call} ${calls}`).sort(), [
      `pause ${PAUSES}`,
      'poll 1',
      `read ${reads}`,
    ])
    for (const { longestS } of rows) assert.ok(longestS >= THRESHOLD_MS / 1000 && longestS <= lastS)
    if ('inflight_slots' in sizes) assert.ok(counted.collisions > 0)
    await blocked.end()
    const ended = counted.collect(nameOf(cgroup))
    assert.equal(ended.map(({ call, isEnded }) => [call, isEnded]).sort(), [
      ['pause', true],
      ['poll', true],
      ['read', true],
    ])
    assert.equal(counted.collect(nameOf(cgroup)), [])
  })
s('have the time that another clock has, of containers and units by their names', async () => {
  await using cgroup = Cgroup.create()
  const id = randomBytes(32).toString('hex')
  const unit = `hangs-${process.pid}.service`
  const unitFolder = join(cgroupRoot(), unit)
  mkdirSync(unitFolder)
  using stack = new DisposableStack()
  stack.defer(() => rmdirSync(unitFolder))
  using counted = new Counted()
  for (const [folder, whose] of [
    [cgroup.makeChild(`docker-${id}.scope`), id],
    [unitFolder, unit],
  ] as const) {
    const { begunMs, seenMs, workload } = await startCat(folder)
    await later()
    const lookMs = performance.now()
    const [row] = counted.collect(whose)
    const endMs = performance.now()
    assert.equal([whose, row?.call, row?.calls], [whose, 'read', 1])
    // The call began between two of our moments, and was looked at between two others: milliseconds apart on a machine at rest.
    const [least, most] = [(lookMs - seenMs) / 1000, (endMs - begunMs) / 1000]
    assert.ok(row!.longestS >= least && row!.longestS <= most, `${row!.longestS} of ${least} to ${most} s`)
    await workload.end().catch(() => {}) // cat has nothing to report.
    assert.equal(counted.living(whose), [])
  }
})
s('that were there before are since they were found', async () => {
  await using cgroup = Cgroup.create()
  const blocked = Workload.start(cgroup, 'blocked', '97')
  await blocked.ready()
  await delay(2 * THRESHOLD_MS)
  const begunMs = performance.now()
  using counted = new Counted()
  await later()
  const rows = counted.collect(nameOf(cgroup))
  const mostS = (performance.now() - begunMs) / 1000
  assert.equal(rows.map(({ call, calls }) => `${call} ${calls}`).sort(), ['pause 101', 'poll 1', 'read 97'])
  for (const { longestS } of rows) assert.ok(longestS >= THRESHOLD_MS / 1000 && longestS <= mostS)
  await blocked.end()
  assert.equal(counted.living(nameOf(cgroup)), [])
})
s('are gone with threads that are killed', async () => {
  using counted = new Counted()
  let name = ''
  {
    await using cgroup = Cgroup.create()
    name = nameOf(cgroup)
    await Workload.start(cgroup, 'blocked', '97').ready()
    await later()
    assert.equal(counted.living(name), ['pause 101', 'poll 1', 'read 97'])
  }
  assert.equal(counted.living(name), [])
})
s('are not shown where they are excluded, nor without times', async () => {
  await using cgroup = Cgroup.create()
  const written = [{ exclude: [{ syscalls: ['read', 'poll'] }] }, { from: 'containers' }, { latency: 'off' }]
  const all = written.map(each => new Counted(each))
  try {
    await Workload.start(cgroup, 'blocked', '97').ready()
    await later()
    assert.equal(
      all.map(counted => counted.living(nameOf(cgroup))),
      [['pause 101'], [], []],
    )
  } finally {
    for (const counted of all) counted[Symbol.dispose]()
  }
})
s.run()
