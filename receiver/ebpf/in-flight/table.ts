import { Dictionary } from '../../../pipeline/data/dictionary.ts'
import type { AttributeColumn, MetricColumn, MetricTable, Resource } from '../../../pipeline/data/metrics.ts'
import { TWO_TO_32 } from '../../../pipeline/data/u64.ts'
import { abiOf } from '../../../syscalls/call.ts'
import { type Abi, syscallName } from '../../../syscalls/tables/syscalls.ts'

export interface InFlightRow {
  readonly resource: Resource
  /** The two words of the call. */
  readonly low: number
  readonly high: number
  readonly calls: number
  readonly longestS: number
}

interface Source {
  readonly rows: readonly InFlightRow[]
  /** Rows that are sent for the last time. */
  readonly ended: readonly InFlightRow[]
  readonly timeUnixNano: bigint
  readonly epoch: number
  readonly abis: readonly (Abi | undefined)[]
  readonly indexOf: (resource: Resource) => number
}

const SCOPE = { name: 'swoll/receiver/ebpf', version: '' }

/** A table of gauges. They have no start: each point is of its moment. */
export function toInFlightTable({ rows, ended, abis, indexOf, ...times }: Source): MetricTable {
  const all = [...rows, ...ended]
  return {
    scope: SCOPE,
    rows: all.length,
    resource: Uint32Array.from(all, ({ resource }) => indexOf(resource)),
    attributes: toAttributes(all, abis),
    startTimeUnixNano: new BigUint64Array(all.length),
    timeUnixNano: times.timeUnixNano,
    epoch: times.epoch,
    ...(ended.length > 0 && { ended: Uint8Array.from(all, (_, i) => (i < rows.length ? 0 : 1)) }),
    metrics: toMetrics(all),
  }
}

function toAttributes(
  rows: readonly InFlightRow[],
  abis: readonly (Abi | undefined)[],
): readonly AttributeColumn[] {
  const names = new Dictionary<number>()
  const foreign = new Dictionary<number>()
  const nameCodes = Uint32Array.from(rows, ({ low, high }) => names.code(abiOf(high) * TWO_TO_32 + low))
  const abiCodes = Uint8Array.from(rows, ({ high }) => foreign.code(abiOf(high)))
  const toName = (key: number) => {
    const abi = abis[Math.floor(key / TWO_TO_32)]
    return abi === undefined ? undefined : syscallName(abi, key % TWO_TO_32)
  }
  return [
    { key: 'syscall.name', values: names.keys.map(toName), codes: nameCodes },
    {
      key: 'syscall.abi',
      values: foreign.keys.map(abi => (abi === 0 ? undefined : abis[abi])),
      codes: abiCodes,
    },
  ]
}

function toMetrics(rows: readonly InFlightRow[]): readonly MetricColumn[] {
  return [
    {
      type: 'gauge',
      name: 'swoll.syscall.in_flight.longest',
      description: 'Time since the oldest system call in flight began',
      unit: 's',
      merge: 'max',
      values: Float64Array.from(rows, ({ longestS }) => longestS),
    },
    {
      type: 'gauge',
      name: 'swoll.syscall.in_flight.calls',
      description: 'System calls that are in flight for longer than the threshold',
      unit: '{call}',
      merge: 'sum',
      values: Float64Array.from(rows, ({ calls }) => calls),
    },
  ]
}
