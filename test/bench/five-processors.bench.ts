/**
 * Points through a pipeline of five processors: ours, over columns; the same five of the real Collector, in process, a Go program built from
 * its modules; and the same work done on the objects of OpenTelemetry's SDK for JavaScript. What comes out of the three is compared. Then each
 * of ours by itself: what reads and changes dictionaries takes the same time for a batch, however many points are in it.
 *
 *     node test/bench/five-processors.bench.ts [POINTS…]
 */
import { encodeLines } from '../../otlp/json/encode.ts'
import type { Consumer, Factory } from '../../pipeline/component.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { factory as attributes } from '../../processors/attributes/factory.ts'
import { factory as filter } from '../../processors/filter/factory.ts'
import { factory as resource } from '../../processors/resource/factory.ts'
import { factory as transform } from '../../processors/transform/factory.ts'
import { createContext, never } from '../kit/context.ts'
import { lacksOttlProcessors, measureOriginals } from '../kit/ottl-processors.ts'
import { addUp, throughObjects, toObjects } from './kit/sdk-objects.ts'
import { toTable } from './kit/table.ts'

const RESOURCES = 100
const NAMES = 10
const SMALLEST = RESOURCES * NAMES
const SIZES =
  process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1_000, 10_000, 100_000, 1_000_000]

const FACTORIES = { filter, transform, attributes, resource } as unknown as Readonly<
  Record<string, Factory<unknown>>
>
const PROCESSORS = [
  {
    type: 'filter',
    config: {
      metric_conditions: [
        'resource.attributes["k8s.namespace.name"] == "ns-3"',
        'datapoint.attributes["syscall.name"] == "call-7"',
      ],
    },
  },
  {
    type: 'transform',
    config: {
      metric_statements: [
        'set(datapoint.attributes["class"], "io") where IsMatch(datapoint.attributes["syscall.name"], "^call-[0-4]$")',
      ],
    },
  },
  { type: 'attributes', config: { actions: [{ key: 'env', value: 'prod', action: 'insert' }] } },
  { type: 'resource', config: { attributes: [{ key: 'region', value: 'eu', action: 'upsert' }] } },
  {
    type: 'transform',
    config: { metric_statements: ['set(metric.name, "calls.total") where metric.unit == "{call}"'] },
  },
] as const

/** Each resource has each call in each of `sets` sets, told apart by `error.type` if there are several. */
function batchOf(sets: number, hasErrors = true): MetricsBatch {
  const rows = SMALLEST * sets
  const column = (key: string, size: number, per: number, name: string) => ({
    key,
    values: Array.from({ length: size }, (_, i) => `${name}${i}`),
    codes: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / per) % size),
  })
  const resources = Array.from({ length: RESOURCES }, (_, i) => ({
    id: `pod-${i}`,
    attributes: {
      'k8s.namespace.name': `ns-${i % 10}`,
      'k8s.pod.name': `pod-${i}`,
      'container.id': `${i}`.padStart(64, '0'),
    },
  }))
  const table = {
    scope: { name: 'swoll/receiver/ebpf', version: '' },
    rows,
    resource: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / (NAMES * sets))),
    attributes: [
      column('syscall.name', NAMES, sets, 'call-'),
      ...(hasErrors ? [column('error.type', sets, 1, 'E')] : []),
    ],
    startTimeUnixNano: new BigUint64Array(rows).fill(1n),
    timeUnixNano: 2n,
    metrics: [
      {
        type: 'sum',
        name: 'swoll.syscall.calls',
        description: '',
        unit: '{call}',
        monotonic: true,
        temporality: 'cumulative',
        values: BigUint64Array.from({ length: rows }, (_, row) => BigInt(1 + Math.floor(row / sets))),
      } as const,
    ],
  }
  return { resources, tables: [table] }
}

interface Measured {
  readonly points: number
  readonly sum: number
  /** Of each run. */
  readonly ns: readonly number[]
}

const timesFor = (points: number) => Math.max(5, Math.min(200, Math.round(2e6 / points)))

/** Nanoseconds of each run; `once` is given nothing that it could change. */
async function measure(points: number, once: () => unknown): Promise<number[]> {
  const ns: number[] = []
  for (let i = 0; i < timesFor(points); i++) {
    const start = process.hrtime.bigint()
    await once()
    ns.push(Number(process.hrtime.bigint() - start))
  }
  return ns
}

/** What else the machine does makes runs longer, never shorter. */
const quickest = (all: readonly number[]) => Math.min(...all)

/** The processors of `steps` one after the other. `out` gets what comes out. */
function chain(steps: readonly (typeof PROCESSORS)[number][], out: (batch: MetricsBatch) => void) {
  let next: Consumer<'metrics'> = { mutates: false, consume: async batch => out(batch) }
  for (const { type, config } of steps.toReversed()) {
    const factory = FACTORIES[type]!
    next = factory.create(createContext(factory.config.parse(config)), { metrics: next }).consumers!.metrics!
  }
  return next
}

async function byColumns(batch: MetricsBatch, points: number): Promise<Measured> {
  let last: MetricsBatch | undefined
  const first = chain(PROCESSORS, made => {
    last = made
  })
  const ns = await measure(points, () => first.consume(batch, never))
  const values = last!.tables.flatMap(({ metrics }) =>
    metrics.flatMap(metric => (metric.type === 'sum' ? [metric.values] : [])),
  )
  const sum = values.reduce((all, one) => one.reduce((own, value) => own + Number(value), all), 0)
  return { ns, points: values.reduce((all, { length }) => all + length, 0), sum }
}

async function byObjects(batch: MetricsBatch, points: number): Promise<Measured> {
  const objects = toObjects(batch)
  let last = objects
  const ns = await measure(points, () => {
    last = throughObjects(objects)
  })
  return { ns, ...addUp(last) }
}

function byCollector(points: number, sets: number): Measured {
  const [data] = Array.from(
    encodeLines('metrics', batchOf(1, false), { items: Number.POSITIVE_INFINITY, bytes: 2 ** 24 }),
    ({ bytes }) => JSON.parse(Buffer.from(bytes).toString()) as object,
  )
  return measureOriginals({ processors: PROCESSORS, data: data!, sets, times: timesFor(points) })
}

const perPoint = ({ ns }: Measured, points: number) => {
  const each = quickest(ns) / points
  return `${each.toFixed(1)} (${(1000 / each).toFixed(2)} M/s)`
}

async function compare(points: number): Promise<string[]> {
  const sets = points / SMALLEST
  const batch = batchOf(sets)
  const ours = await byColumns(batch, points)
  const objects = await byObjects(batch, points)
  const lack = lacksOttlProcessors()
  const collector = lack ? undefined : byCollector(points, sets)
  for (const other of [objects, collector])
    if (other && (other.points !== ours.points || other.sum !== ours.sum))
      throw new Error(
        `must be the same: ${JSON.stringify([ours, other].map(({ points: p, sum }) => ({ points: p, sum })))}`,
      )
  const theirs = collector ? perPoint(collector, points) : `skipped: ${lack}`
  return [`${points}`, perPoint(ours, points), theirs, perPoint(objects, points)]
}

async function alone(step: (typeof PROCESSORS)[number]): Promise<string[]> {
  const cells: string[] = []
  for (const points of SIZES) {
    const batch = batchOf(points / SMALLEST)
    const first = chain([step], () => {})
    const ns = await measure(points, () => first.consume(batch, never))
    cells.push((quickest(ns) / 1000).toFixed(0))
  }
  return [`${step.type}: ${JSON.stringify(step.config).slice(0, 60)}…`, ...cells]
}

const rows: string[][] = []
for (const points of SIZES) rows.push(await compare(points))
const head = ['points a batch', 'swoll, ns a point', 'Collector, ns a point', 'SDK objects, ns a point']
process.stdout.write(`${toTable(head, rows)}\n\n`)
const each: string[][] = []
for (const step of PROCESSORS) each.push(await alone(step))
process.stdout.write(`${toTable(['µs a batch, alone', ...SIZES.map(size => `${size} points`)], each)}\n`)
