import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addClasses, findCalls } from '../../../processors/syscall/label.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'

const s = suite('addClasses')

const batch = metricsBatch([
  { attributes: { 'syscall.name': 'openat' }, values: { v: 1 } },
  { attributes: { 'syscall.name': 'syscall_0x3e7' }, values: { v: 1 } },
  { attributes: { 'otel.metric.overflow': true }, values: { v: 1 } },
  { attributes: { 'syscall.name': 'openat', 'error.type': 'ENOENT' }, values: { v: 1 } },
])
const table = batch.tables[0]!

s('labels names, calls the unknown Other, and leaves what has no name alone', () => {
  const labelled = addClasses(table, findCalls(table)!)
  assert.equal(
    toPoints({ ...batch, tables: [labelled] }).map(point => point.attributes),
    [
      { 'syscall.name': 'openat', 'syscall.class': 'FileSystem', 'syscall.group': 'Files' },
      { 'syscall.name': 'syscall_0x3e7', 'syscall.class': 'Other', 'syscall.group': 'Unclassified' },
      { 'otel.metric.overflow': true },
      {
        'syscall.name': 'openat',
        'error.type': 'ENOENT',
        'syscall.class': 'FileSystem',
        'syscall.group': 'Files',
      },
    ],
  )
})

s('does no work per row: the codes of the names are shared', () => {
  const labelled = addClasses(table, findCalls(table)!)
  for (const key of ['syscall.class', 'syscall.group'])
    assert.is(labelled.attributes.find(column => column.key === key)!.codes, findCalls(table)!.codes)
  assert.is(labelled.metrics, table.metrics)
})

s('replaces classes that are already there', () => {
  const once = addClasses(table, findCalls(table)!)
  assert.equal(addClasses(once, findCalls(once)!), once)
})
s.run()

const find = suite('findCalls')
find('finds nothing in a table about something else', () => {
  assert.is(findCalls(metricsBatch([{ attributes: { other: 1 }, values: { v: 1 } }]).tables[0]!), undefined)
})
find.run()
