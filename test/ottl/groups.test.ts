import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { groupRows } from '../../ottl/groups.ts'
import { metricShape } from '../../ottl/metric-shape.ts'
import { metricsBatch } from '../kit/metrics.ts'

const { resources, tables } = metricsBatch([
  { resource: 'a', attributes: { x: 1, y: 1 }, values: { n: 1 } },
  { resource: 'b', attributes: { x: 1, y: 2 }, values: { n: 1 } },
  { resource: 'b', attributes: { x: 2, y: 2 }, values: { n: 1 } },
  { resource: 'b', attributes: { x: 2, y: 2 }, values: { n: 1 } },
])
const shape = metricShape({ table: tables[0]!, resources }, tables[0]!.metrics[0])

const s = suite('groups of rows')
for (const [name, reads, want] of [
  ['nothing that is read is one group', [], [4]],
  ['the values of a dictionary', ['resource'], [1, 3]],
  ['what two dictionaries have together', ['attribute:x', 'attribute:y'], [1, 1, 2]],
  ['each row by itself', ['row', 'resource'], [1, 1, 1, 1]],
] as const)
  s(name, () => {
    const { count, sizeOf } = groupRows(shape, new Set(reads))
    assert.equal(
      Array.from({ length: count }, (_, group) => sizeOf(group)),
      want,
    )
  })
s.run()
