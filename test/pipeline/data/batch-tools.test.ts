import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import { countPoints, countRows } from '../../../pipeline/data/items.ts'
import type { ExponentialHistogramColumn, SumColumn } from '../../../pipeline/data/metrics.ts'
import { logsBatch, spansBatch, toLogRecords, toSpanRecords } from '../../kit/events.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'

const batch = () =>
  metricsBatch([
    { resource: 'a', attributes: { x: '1' }, values: { n: 1, h: { sum: 1, buckets: { 0: 1 } } } },
    { resource: 'b', attributes: { x: '2' }, values: { n: 2, h: { sum: 0, buckets: {} } }, ended: true },
    { resource: 'b', values: { n: 3, h: { sum: 0, buckets: {}, zeroCount: 4 } } },
  ])

const copy = suite('copyBatch')
copy('equals the original and shares nothing writable with it', () => {
  const original = batch()
  const copied = copyBatch(original)
  assert.equal(toPoints(copied), toPoints(original))
  const sum = copied.tables[0]!.metrics[0] as SumColumn
  sum.values[0] = 9n
  copied.tables[0]!.attributes[0]!.codes[0] = 1
  ;(copied.resources[0]!.attributes as Record<string, string>).k = 'v'
  ;(copied.tables[0]!.attributes[0]!.values as string[])[0] = 'z'
  assert.equal(toPoints(original), toPoints(batch()))
})
const EVENTS = [
  { traceId: '0123456789abcdef0123456789abcdef', spanId: '0123456789abcdef', attributes: { x: '1', n: 1n } },
  { resource: 'b', attributes: { x: '2', path: '/etc' } },
]
copy('equals the original and shares nothing writable with it, for logs', () => {
  const make = () => logsBatch(EVENTS, { texts: ['path'] })
  const original = make()
  const copied = copyBatch(original)
  assert.equal(toLogRecords(copied), toLogRecords(original))
  overwrite(copied.tables[0]!)
  assert.equal(toLogRecords(original), toLogRecords(make()))
})
copy('equals the original and shares nothing writable with it, for traces', () => {
  const make = () => spansBatch(EVENTS, { texts: ['path'] })
  const original = make()
  const copied = copyBatch(original)
  assert.equal(toSpanRecords(copied), toSpanRecords(original))
  overwrite(copied.tables[0]!)
  assert.equal(toSpanRecords(original), toSpanRecords(make()))
})
/** Writes to every typed array in a table, however deep. */
function overwrite(value: object): void {
  for (const field of Object.values(value)) {
    if (ArrayBuffer.isView(field)) new Uint8Array(field.buffer, field.byteOffset, field.byteLength).fill(1)
    else if (typeof field === 'object' && field !== null) overwrite(field)
  }
}
copy('a copied view of a larger buffer has a buffer of its own', () => {
  const [table] = batch().tables
  const words = new BigUint64Array(10)
  const sum: SumColumn = { ...(table!.metrics[0] as SumColumn), values: words.subarray(2, 5) }
  const copied = copyBatch({ resources: [], tables: [{ ...table!, metrics: [sum] }] })
  assert.is((copied.tables[0]!.metrics[0] as SumColumn).values.buffer.byteLength, 24)
})
copy.run()

const count = suite('countPoints')
count('counts each row of each metric, but no histogram that is empty', () => {
  assert.is(countPoints(batch()), 3 + 2)
  assert.is(countPoints(metricsBatch([])), 0)
})
count('agrees with what toPoints shows', () => {
  const { resources, tables } = batch()
  const histogram = tables[0]!.metrics[1] as ExponentialHistogramColumn
  const only = { resources, tables: [{ ...tables[0]!, metrics: [histogram] }] }
  assert.is(countPoints(only), toPoints(only).length)
})
count.run()

const rows = suite('countRows')
rows('counts the rows of all tables', () => {
  const [one, two] = [logsBatch([{}, {}]), logsBatch([{}])]
  assert.is(countRows({ ...one, tables: [...one.tables, ...two.tables] }), 3)
  assert.is(countRows(spansBatch([{}])), 1)
  assert.is(countRows({ resources: [], tables: [] }), 0)
})
rows.run()
