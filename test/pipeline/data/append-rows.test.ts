import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { appendRows } from '../../../pipeline/data/append-rows.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'
import { randomRows } from './random-rows.ts'

const s = suite('appendRows')

s('equals making the table of both lists of rows, in 100 random cases', () => {
  const random = seeded(21)
  for (let round = 0; round < 100; round++) {
    const rows = randomRows(random, 1 + Math.floor(random() * 20))
    const more = randomRows(random, 1 + Math.floor(random() * 20))
    const both = metricsBatch([...rows, ...more])
    const [a, b] = [metricsBatch(rows), metricsBatch(more)]
    const numbers = b.resources.map(({ id }) => both.resources.findIndex(other => other.id === id))
    const resource = b.tables[0]!.resource.map(i => numbers[i]!)
    const table = appendRows(a.tables[0]!, { ...b.tables[0]!, resource })
    assert.equal(toPoints({ ...both, tables: [table] }), toPoints(both))
  }
})

s('leaves an attribute undefined where only the other table has it', () => {
  const a = metricsBatch([{ attributes: { left: 1, both: 2 }, values: { v: 1 } }])
  const b = metricsBatch([{ attributes: { both: 3, right: 4 }, values: { v: 1 } }])
  const points = toPoints({ ...a, tables: [appendRows(a.tables[0]!, b.tables[0]!)] })
  assert.equal(
    points.map(point => point.attributes),
    [
      { left: 1, both: 2 },
      { both: 3, right: 4 },
    ],
  )
})

s.run()
