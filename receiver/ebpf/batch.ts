/** The state of all series as one columnar batch. Copies what may change: the batch is given away. */

import type { LatencyMode } from '../../kernel/settings.ts'
import { LATENCY_MIN_EXPONENT, LATENCY_SLOTS } from '../../native/generated/layout.ts'
import type { AttributeValue } from '../../pipeline/data/attributes.ts'
import type { Codes } from '../../pipeline/data/columns.ts'
import { Dictionary } from '../../pipeline/data/dictionary.ts'
import type { AttributeColumn, MetricColumn, MetricsBatch, Resource } from '../../pipeline/data/metrics.ts'
import { readNumber, TWO_TO_32 } from '../../pipeline/data/u64.ts'
import { ANY_NUMBER, abiOf, errorOf, FOLDED_OUTCOME, OUTCOME_NAMES, outcomeOf } from '../../syscalls/call.ts'
import { errnoName } from '../../syscalls/tables/errnos.ts'
import { type Abi, syscallName } from '../../syscalls/tables/syscalls.ts'
import type { SeriesStore } from './state/series.ts'

export interface BatchSource {
  readonly store: SeriesStore
  /** Undefined: the owner's series are held back. */
  resourceOf(owner: number): Resource | undefined
  /** Owners whose series are sent for the last time. */
  readonly ended: ReadonlySet<number>
  readonly timeUnixNano: bigint
  /** As in MetricTable. */
  readonly epoch: number
  readonly latency: LatencyMode
  readonly abis: readonly (Abi | undefined)[]
}

const NS_PER_SECOND = 1e9
const SCOPE = { name: 'swoll/receiver/ebpf', version: '' }

export function toBatch(source: BatchSource): MetricsBatch {
  const { resources, rows, resource } = selectRows(source)
  const { store, ended } = source
  const pick = (from: BigUint64Array): BigUint64Array => {
    const picked = new BigUint64Array(rows.length)
    for (let i = 0; i < rows.length; i++) picked[i] = from[rows[i]!]!
    return picked
  }
  return {
    resources,
    tables: [
      {
        scope: SCOPE,
        rows: rows.length,
        resource,
        attributes: toAttributes(source, rows),
        startTimeUnixNano: pick(store.startTimeUnixNano),
        timeUnixNano: source.timeUnixNano,
        epoch: source.epoch,
        ...(ended.size > 0 && {
          ended: Uint8Array.from(rows, row => (ended.has(store.owner[row]!) ? 1 : 0)),
        }),
        metrics: toMetrics(source, rows, pick),
      },
    ],
  }
}

/** Returns the rows that have a resource, and the index of each one's resource. */
function selectRows({ store, resourceOf }: BatchSource): {
  resources: Resource[]
  rows: Uint32Array
  resource: Uint32Array
} {
  const resources: Resource[] = []
  const indexes = new Map<number, number>()
  const rows = new Uint32Array(store.rows)
  const resource = new Uint32Array(store.rows)
  let count = 0
  for (let row = 0; row < store.rows; row++) {
    const owner = store.owner[row]!
    let index = indexes.get(owner)
    if (index === undefined) {
      const found = resourceOf(owner)
      index = found === undefined ? -1 : resources.push(found) - 1
      indexes.set(owner, index)
    }
    if (index < 0) continue
    rows[count] = row
    resource[count++] = index
  }
  return { resources, rows: rows.subarray(0, count), resource: resource.slice(0, count) }
}

/** Stands in place of ABI and number in a row of more than one syscall. The number -1 is a syscall that a program may ask for. */
const MANY = -1

function toAttributes({ store, abis }: BatchSource, rows: Uint32Array): AttributeColumn[] {
  const names = new Dictionary<number>()
  const errors = new Dictionary<number>()
  const outcomes = new Dictionary<number>()
  const abiNames = new Dictionary<number>()
  const overflow = new Dictionary<boolean>()
  const columns = {
    name: new Uint32Array(rows.length),
    error: new Uint16Array(rows.length),
    outcome: new Uint8Array(rows.length),
    abi: new Uint8Array(rows.length),
    overflow: new Uint8Array(rows.length),
  }
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const high = store.callHigh[row]!
    const abi = abiOf(high)
    const isFolded = outcomeOf(high) === FOLDED_OUTCOME
    const number = store.callLow[row]!
    columns.name[i] = names.code(isFolded && number === ANY_NUMBER ? MANY : abi * TWO_TO_32 + number)
    columns.error[i] = errors.code(errorOf(high))
    columns.outcome[i] = outcomes.code(outcomeOf(high))
    columns.abi[i] = abiNames.code(abi)
    columns.overflow[i] = overflow.code(isFolded)
  }
  const toName = (key: number) => {
    const abi = abis[Math.floor(key / TWO_TO_32)]
    return abi === undefined ? undefined : syscallName(abi, key % TWO_TO_32)
  }
  return [
    column('syscall.name', columns.name, names, toName),
    column('error.type', columns.error, errors, errno => (errno === 0 ? undefined : errnoName(errno))),
    column('syscall.outcome', columns.outcome, outcomes, outcome => OUTCOME_NAMES[outcome]),
    column('syscall.abi', columns.abi, abiNames, abi => (abi === 0 ? undefined : abis[abi])),
    ...(overflow.keys.includes(true)
      ? [column('otel.metric.overflow', columns.overflow, overflow, isFolded => isFolded || undefined)]
      : []),
  ]
}

function column<K>(
  key: string,
  codes: Codes,
  { keys }: Dictionary<K>,
  value: (key: K) => AttributeValue | undefined,
): AttributeColumn {
  return { key, values: keys.map(value), codes }
}

function toMetrics(
  { store, latency }: BatchSource,
  rows: Uint32Array,
  pick: (from: BigUint64Array) => BigUint64Array,
): MetricColumn[] {
  const calls: MetricColumn = {
    type: 'sum',
    name: 'swoll.syscall.calls',
    description: 'System calls that ended',
    unit: '{call}',
    monotonic: true,
    temporality: 'cumulative',
    values: pick(store.calls),
  }
  if (latency === 'off') return [calls]
  const duration = toHistogram(store, rows)
  // Timing a share of the calls says how long they take, not how long all took together.
  if (latency === 'sampled') return [calls, duration]
  const time: MetricColumn = {
    type: 'sum',
    name: 'swoll.syscall.time',
    description: 'Time spent in system calls that ended',
    unit: 'ns',
    monotonic: true,
    temporality: 'cumulative',
    values: pick(store.ns),
  }
  return [calls, time, duration]
}

function toHistogram(store: SeriesStore, rows: Uint32Array): MetricColumn {
  const first = new Uint32Array(rows.length + 1)
  for (let i = 0; i < rows.length; i++) {
    let used = 0
    for (let s = 0; s < LATENCY_SLOTS; s++) if (store.slot(rows[i]!, s) > 0) used++
    first[i + 1] = first[i]! + used
  }
  const bucketIndex = new Int16Array(first[rows.length]!)
  const bucketCounts = new BigUint64Array(bucketIndex.length)
  const words = new Uint32Array(bucketCounts.buffer)
  const sum = new Float64Array(rows.length)
  let at = 0
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    sum[i] = readNumber(store.nsWords, row) / NS_PER_SECOND
    for (let s = 0; s < LATENCY_SLOTS; s++) {
      const count = store.slot(row, s)
      if (count === 0) continue
      bucketIndex[at] = s + LATENCY_MIN_EXPONENT
      words[2 * at] = count
      words[2 * at + 1] = Math.floor(count / TWO_TO_32)
      at++
    }
  }
  return {
    type: 'exponential_histogram',
    name: 'swoll.syscall.duration',
    description: 'Duration of system calls',
    unit: 's',
    temporality: 'cumulative',
    scale: 0,
    zeroThreshold: 0,
    sum,
    first,
    bucketIndex,
    bucketCounts,
  }
}
