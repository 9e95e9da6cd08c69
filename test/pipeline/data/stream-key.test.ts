import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { streamKey } from '../../../pipeline/data/stream-key.ts'
import { type BatchOptions, metricsBatch, type Row } from '../../kit/metrics.ts'

const s = suite('streamKey')
const sum: Row = { values: { v: 1 } }
const histogram: Row = { values: { v: { sum: 1, buckets: { 1: 1 } } } }
const key = (row: Row, options?: BatchOptions) => streamKey(metricsBatch([row], options).tables[0]!)

s('is the same whatever the rows, resources, attributes and time', () => {
  const other = { ...sum, resource: 'b', attributes: { x: 1 }, values: { v: 9 } }
  assert.is(key(sum), key(other, { time: 99n }))
})
const different: readonly (readonly [string, string, string])[] = [
  ['scopes', key(sum), key(sum, { scope: 'other' })],
  ['names', key(sum), key({ values: { w: 1 } })],
  ['types', key(sum), key({ values: { v: { gauge: 1 } } })],
  ['units', key(sum), key(sum, { units: { v: 's' } })],
  ['temporalities', key(sum), key(sum, { temporality: 'delta' })],
  ['scales', key(histogram), key(histogram, { scale: 1 })],
  ['numbers of metrics', key(sum), key({ values: { v: 1, w: 1 } })],
]
for (const [name, a, b] of different) s(`tells ${name} apart`, () => assert.is.not(a, b))
s.run()
