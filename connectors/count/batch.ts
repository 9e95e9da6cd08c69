/** Totals as a batch of metrics. */
import type { AttributeValue } from '../../pipeline/data/attributes.ts'
import type { AttributeColumn } from '../../pipeline/data/columns.ts'
import { Dictionary } from '../../pipeline/data/dictionary.ts'
import type { MetricsBatch, MetricTable, Resource, Temporality } from '../../pipeline/data/metrics.ts'
import { createCodes } from '../../pipeline/data/select-rows.ts'
import type { Total, Totals } from './totals.ts'

/** How the points are told. */
interface Told {
  readonly scopeName: string
  readonly temporality: Temporality
  readonly timeUnixNano: bigint
  /** Monotonic time, ms: series without an item since then have ended. Absent: none has. */
  readonly endedMs?: number
}

/** A table for each metric that has a series, a row for each series. */
export function toBatch({ metrics }: Pick<Totals, 'metrics'>, told: Told): MetricsBatch {
  const resources = new Dictionary<string>()
  const byId = new Map<string, Resource>()
  const tables: MetricTable[] = []
  for (const [name, { description, series }] of metrics) {
    const totals = [...series.values()]
    if (totals.length === 0) continue
    for (const { resource } of totals) byId.set(resource.id, resource)
    const resource = Uint32Array.from(totals, total => resources.code(total.resource.id))
    tables.push({ ...toTable(totals, told), resource, metrics: [toMetric(name, description, totals, told)] })
  }
  return { resources: resources.keys.map(id => byId.get(id)!), tables }
}

function toTable(totals: readonly Total[], { scopeName, timeUnixNano, endedMs }: Told) {
  const keys = new Set(totals.flatMap(({ attributes }) => Object.keys(attributes)))
  const hasEnded = endedMs !== undefined && totals.some(({ lastMs }) => lastMs <= endedMs)
  return {
    scope: { name: scopeName, version: '' },
    rows: totals.length,
    attributes: Array.from(keys, key => toColumn(key, totals)),
    startTimeUnixNano: BigUint64Array.from(totals, ({ startUnixNano }) => startUnixNano),
    timeUnixNano,
    ...(hasEnded && { ended: Uint8Array.from(totals, ({ lastMs }) => Number(lastMs <= endedMs)) }),
  }
}

function toMetric(
  name: string,
  description: string,
  totals: readonly Total[],
  { temporality }: Told,
): MetricTable['metrics'][number] {
  const values = BigUint64Array.from(totals, ({ items }) => BigInt(items))
  return { type: 'sum', name, description, unit: '', monotonic: true, temporality, values }
}

function toColumn(key: string, totals: readonly Total[]): AttributeColumn {
  const dictionary = new Dictionary<AttributeValue | undefined>()
  const found = Uint32Array.from(totals, ({ attributes }) => dictionary.code(attributes[key]))
  const codes = createCodes(dictionary.keys.length, totals.length)
  codes.set(found)
  return { key, values: dictionary.keys, codes }
}
