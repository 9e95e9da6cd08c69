import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import { selectLogs, selectSpans } from '../../../pipeline/data/select-events.ts'
import { logsBatch, spansBatch, toLogRecords, toSpanRecords } from '../../kit/events.ts'

/** Every kind of column, some with gaps; owners b, a, c in turn. */
const rows = Array.from({ length: 300 }, (_, i) => ({
  resource: 'bac'[i % 3]!,
  traceId: (i + 1).toString(16).padStart(32, '0'),
  spanId: (i + 1).toString(16).padStart(16, 'a'),
  attributes: {
    coded: i,
    ...(i % 4 !== 0 && { integer: BigInt(i) << 40n }),
    ...(i % 5 !== 0 && { text: 'ü'.repeat(i % 7) }),
  },
}))
const logs = logsBatch(
  rows.map((row, i) => ({
    ...row,
    time: BigInt(i),
    body: `body ${i}`,
    severity: { number: 1 + (i % 24), text: '' },
  })),
  { texts: ['text'] },
)
const spans = spansBatch(
  rows.map((row, i) => ({
    ...row,
    parentSpanId: row.spanId,
    name: `n${i}`,
    kind: i % 2 ? 'client' : 'server',
    start: BigInt(i),
    end: BigInt(2 * i),
    status: { code: 'error', message: `${i}` },
  })),
  { texts: ['text'] },
)

/** Which of the owners b, a, c stay. */
const cases = [
  [false, false, false],
  [true, false, false],
  [false, true, false],
  [true, false, true],
  [false, true, true],
]

function check<B extends typeof logs | typeof spans>(
  batch: B,
  select: (batch: B, isKept: readonly boolean[]) => B,
  read: (batch: B) => readonly { readonly resourceAttributes: object }[],
): void {
  const before = copyBatch(batch)
  assert.is(select(batch, [true, true, true]), batch, 'all of it is the batch itself')
  for (const isKept of cases) {
    const owners = ['b', 'a', 'c'].filter((_, i) => isKept[i])
    const out = select(batch, isKept)
    const want = read(batch).filter((_, i) => isKept[i % 3])
    assert.equal(read(out), want)
    assert.equal(
      out.resources.map(({ id }) => id),
      owners,
    )
    assert.is(out.tables.length, owners.length > 0 ? 1 : 0)
  }
  assert.equal(batch, before, 'the batch is not written to')
}

const s = suite('rows of some resources')
s('of log records', () => check(logs, selectLogs, toLogRecords))
s('of log records that have no ids', () => {
  const { traceId: _, spanId: __, ...table } = logs.tables[0]!
  const out = selectLogs({ ...logs, tables: [table] }, [true, false, false])
  assert.not.ok('traceId' in out.tables[0]!)
  assert.is(out.tables[0]!.rows, 100)
})
s('of spans', () => check(spans, selectSpans, toSpanRecords))
s('renumbers the resources of a table that stays whole', () => {
  const [whole] = logsBatch([{ resource: 'b' }]).tables
  const batch = { ...logs, tables: [...logs.tables, { ...whole!, resource: new Uint32Array([2]) }] }
  const out = selectLogs(batch, [false, false, true])
  assert.equal(out.tables.at(-1)!.resource, new Uint32Array([0]))
})
s.run()
