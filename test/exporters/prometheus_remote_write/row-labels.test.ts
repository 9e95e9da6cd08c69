import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LabelPool } from '../../../exporters/prometheus_remote_write/label-pool.ts'
import { RowLabels } from '../../../exporters/prometheus_remote_write/row-labels.ts'
import type { LabelGroup } from '../../../exporters/shared/prometheus/label-columns.ts'

const nameOf = (group: number) => `l${String(99 - group)}`

/** Groups of one label each, which a row has where `has(row, group)`. */
function groupsOf(count: number, rows: number, has: (row: number, group: number) => boolean): LabelGroup[] {
  return Array.from({ length: count }, (_, group) => ({
    codes: Uint32Array.from({ length: rows }, (_, row) => (has(row, group) ? 1 : 0)),
    labels: [[], [[nameOf(group), `${group}`]]],
  }))
}

const read = suite('RowLabels.read')
// With 60 groups there are 2^60 lists of names that a row may have, more than a number tells apart.
for (const count of [1, 16, 60])
  read(`gives each row its own labels by name, of ${count} groups`, () => {
    const rows = 2 * count + 1
    const has = (row: number, group: number) => (row < count ? group !== row : group === row - count)
    const pool = new LabelPool()
    const nameId = pool.id(['__name__', 'm'])
    const labels = new RowLabels(groupsOf(count, rows, has), pool)
    const out = new Uint32Array(labels.most)
    for (let row = 0; row < rows; row++) {
      const found = Array.from(out.subarray(0, labels.read(row, nameId, out)), id => pool.labels[id]![0])
      const own = Array.from({ length: count }, (_, group) => group).filter(group => has(row, group))
      assert.equal(found, ['__name__', ...own.map(nameOf).sort()], `row ${row}`)
    }
  })
read.run()
