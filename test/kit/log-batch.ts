/** Log records and spans from plain rows, with every kind of column, and back. */
import type { AttributeValue } from '../../pipeline/data/attributes.ts'
import type { EventAttribute } from '../../pipeline/data/columns.ts'
import type { LogsBatch } from '../../pipeline/data/logs.ts'
import { TextBuilder } from '../../pipeline/data/text-builder.ts'
import type { TracesBatch } from '../../pipeline/data/traces.ts'

export interface EventRow {
  readonly resource?: string
  /** Of a record: its body; of a span: its name. */
  readonly text: string
  /** A bigint makes a column of integers; `comm` is a column of texts; anything else has a dictionary. */
  readonly attributes?: Readonly<Record<string, AttributeValue | bigint>>
  /** OTLP's number. */
  readonly severity?: number
}

function toAttributes(rows: readonly EventRow[]): EventAttribute[] {
  const keys = [...new Set(rows.flatMap(row => Object.keys(row.attributes ?? {})))]
  return keys.map((key): EventAttribute => {
    const values = rows.map(row => row.attributes?.[key])
    const present = Uint8Array.from(values, value => Number(value !== undefined))
    if (values.some(value => typeof value === 'bigint'))
      return {
        type: 'integer',
        key,
        values: BigInt64Array.from(values, value => BigInt(value ?? 0)),
        present,
      }
    if (key === 'comm') {
      const texts = new TextBuilder()
      for (const value of values) texts.add(String(value ?? ''))
      return { type: 'text', key, present, ...texts.take() }
    }
    const all = [...new Set(values)] as (AttributeValue | undefined)[]
    return {
      type: 'coded',
      key,
      values: all,
      codes: Uint8Array.from(values, value => all.indexOf(value as AttributeValue)),
    }
  })
}

function toResources(rows: readonly EventRow[]) {
  const ids = [...new Set(rows.map(row => row.resource ?? 'a'))]
  const resources = ids.map(id => ({ id, attributes: { 'k8s.namespace.name': id } }))
  return { resources, resource: Uint32Array.from(rows, row => ids.indexOf(row.resource ?? 'a')) }
}

const SCOPE = { name: 'test', version: '1' }

export function logsOf(rows: readonly EventRow[]): LogsBatch {
  const { resources, resource } = toResources(rows)
  const body = new TextBuilder()
  for (const { text } of rows) body.add(text)
  const numbers = [...new Set(rows.map(row => row.severity ?? 9))]
  const table = {
    scope: SCOPE,
    rows: rows.length,
    eventName: 'test.event',
    resource,
    timeUnixNano: BigUint64Array.from(rows, (_, i) => 1_000n + BigInt(i)),
    observedTimeUnixNano: 2_000n,
    severity: {
      values: numbers.map(number => ({ number, text: `S${number}` })),
      codes: Uint8Array.from(rows, row => numbers.indexOf(row.severity ?? 9)),
    },
    body: body.take(),
    attributes: toAttributes(rows),
  }
  return { resources, tables: [table] }
}

export function spansOf(rows: readonly EventRow[]): TracesBatch {
  const { resources, resource } = toResources(rows)
  const count = rows.length
  const table = {
    scope: SCOPE,
    rows: count,
    resource,
    traceId: new Uint8Array(16 * count).fill(1),
    spanId: new Uint8Array(8 * count).fill(2),
    parentSpanId: new Uint8Array(8 * count),
    name: { values: rows.map(row => row.text), codes: Uint32Array.from(rows.keys()) },
    kind: { values: ['internal'] as const, codes: new Uint8Array(count) },
    startTimeUnixNano: new BigUint64Array(count).fill(1n),
    endTimeUnixNano: new BigUint64Array(count).fill(2n),
    status: { values: [{ code: 'unset', message: '' }] as const, codes: new Uint8Array(count) },
    attributes: toAttributes(rows),
  }
  return { resources, tables: [table] }
}
