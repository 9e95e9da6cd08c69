/**
 * What the numbers of the charts exporter take of a core, without a kernel and HTTP: taking a collection of 100,000 series, and making and compressing the answers to the
 * questions of the page, for ten viewers of one view or of ten. Each argument is a share of the series that have calls in each interval; 0.1 and 1 if there is none.
 */
import { Answers } from '../../exporters/charts/answers.ts'
import { createData } from '../../exporters/charts/data.ts'
import type { MetricsBatch, MetricTable } from '../../pipeline/data/metrics.ts'
import { Observed } from '../../seccomp/observed.ts'
import { History } from '../../stats/history.ts'
import { fakeClock } from '../kit/clock.ts'
import { never } from '../kit/context.ts'
import { QUESTIONS } from './kit/charts-questions.ts'
import { toTable } from './kit/table.ts'

const UNITS = 400
const NAMES = 50
const ERRORS = [undefined, 'ENOENT', 'EAGAIN', 'EACCES', 'EINVAL']
const ROWS_OF_UNIT = NAMES * ERRORS.length
const ROWS = UNITS * ROWS_OF_UNIT
const BUCKETS = 2
const VIEWERS = 10
const INTERVAL_MS = 10_000
/** For as much of the past as is kept finely; then those that are measured. */
const WARM_INTERVALS = 31
const INTERVALS = 10

const resources = Array.from({ length: UNITS }, (_, i) => ({
  id: `unit-${i}`,
  attributes: { 'systemd.unit': `unit-${i}.service` },
}))
const fixed = {
  scope: { name: 'swoll/receiver/ebpf', version: '0' },
  rows: ROWS,
  resource: Uint32Array.from({ length: ROWS }, (_, row) => Math.floor(row / ROWS_OF_UNIT)),
  attributes: [
    {
      key: 'syscall.name',
      values: Array.from({ length: NAMES }, (_, i) => `call_${i}`),
      codes: Uint16Array.from({ length: ROWS }, (_, row) => row % NAMES),
    },
    {
      key: 'error.type',
      values: ERRORS,
      codes: Uint16Array.from({ length: ROWS }, (_, row) => Math.floor(row / NAMES) % ERRORS.length),
    },
  ],
} satisfies Partial<MetricTable>
const first = Uint32Array.from({ length: ROWS + 1 }, (_, row) => row * BUCKETS)
const bucketIndex = Int16Array.from({ length: ROWS * BUCKETS }, (_, i) => (i % BUCKETS) - 21)

/** `calls`: those of each row in each of its buckets. */
function batchOf(calls: Uint32Array, { start, now }: { start: bigint; now: bigint }): MetricsBatch {
  const times = (factor: number) => BigUint64Array.from(calls, count => BigInt(count * factor))
  const base = { description: '', temporality: 'cumulative' } as const
  const table: MetricTable = {
    ...fixed,
    startTimeUnixNano: new BigUint64Array(ROWS).fill(start),
    timeUnixNano: now,
    metrics: [
      {
        ...base,
        name: 'swoll.syscall.calls',
        unit: '{call}',
        type: 'sum',
        monotonic: true,
        values: times(BUCKETS),
      },
      { ...base, name: 'swoll.syscall.time', unit: 'ns', type: 'sum', monotonic: true, values: times(1500) },
      {
        ...base,
        name: 'swoll.syscall.duration',
        unit: 's',
        type: 'exponential_histogram',
        scale: 0,
        zeroThreshold: 0,
        sum: new Float64Array(ROWS),
        first,
        bucketIndex,
        bucketCounts: BigUint64Array.from(bucketIndex, (_, i) => BigInt(calls[Math.floor(i / BUCKETS)]!)),
      },
    ],
  }
  return { resources, tables: [table] }
}

/** Milliseconds of a core. */
async function cpuMs(run: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** What each viewer asks for besides the questions: a tenth of the units. */
const WHERES = Array.from({ length: VIEWERS }, (_, viewer) =>
  resources
    .filter((_, i) => i % VIEWERS === viewer)
    .map(({ attributes }) => `&where.unit=${attributes['systemd.unit']}`)
    .join(''),
)

async function bench(share: number): Promise<string[]> {
  const clock = fakeClock()
  const history = new History({ clock, maxBytes: 8 * 2 ** 20, retentionMs: 3_600_000 })
  const seen = new Observed({ coverage: undefined })
  const answers = new Answers(history)
  const data = createData(history, undefined)
  const ask = async (where: string) => {
    for (const question of QUESTIONS) {
      const [name, query] = question.split('?') as [string, string]
      const checked = data[name]!(query + where)
      if ('problems' in checked) throw new Error(JSON.stringify(checked.problems))
      await answers.answer(name + checked.value.text, () => checked.value.answer(() => true, never))
    }
  }
  const calls = new Uint32Array(ROWS)
  const start = clock.unixNano()
  const spent = { take: 0, seen: 0, same: 0, other: 0 }
  for (let i = 0; i < WARM_INTERVALS + INTERVALS; i++) {
    if (i === WARM_INTERVALS) Object.assign(spent, { take: 0, seen: 0, same: 0, other: 0 })
    for (let row = 0; row < ROWS; row++)
      if ((Math.floor(row / ROWS_OF_UNIT) + i) % Math.round(1 / share) === 0) calls[row]!++
    await clock.advance(INTERVAL_MS)
    const batch = batchOf(calls, { start, now: clock.unixNano() })
    spent.take += await cpuMs(() => history.take(batch))
    spent.seen += await cpuMs(() => seen.take(batch))
    spent.same += await cpuMs(async () => {
      for (let viewer = 0; viewer < VIEWERS; viewer++) await ask('')
    })
    spent.other += await cpuMs(async () => {
      for (const where of WHERES) await ask(where)
    })
  }
  const ms = (value: number) => (value / INTERVALS).toFixed(0)
  const percent = (value: number) =>
    ((100 * (spent.take + spent.seen + value)) / INTERVALS / INTERVAL_MS).toFixed(1)
  const mib = (history.bytes / 2 ** 20).toFixed(1)
  const parts = [spent.take, spent.seen, spent.same, spent.other].map(ms)
  return [`${100 * share} %`, mib, ...parts, percent(0), percent(spent.same), percent(spent.other)]
}

const shares = process.argv.slice(2).map(Number)
const rows: string[][] = []
for (const share of shares.length > 0 ? shares : [0.1, 1]) rows.push(await bench(share))
const head = [
  'series with calls',
  'history, MiB',
  'taken, ms',
  'seen, ms',
  'ten of one view, ms',
  'ten of other views, ms',
  '% of a core without viewers',
  'of one view',
  'of other views',
]
process.stdout.write(`
${ROWS} series, each ${INTERVAL_MS / 1000} s

${toTable(head, rows)}
`)
