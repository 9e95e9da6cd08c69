import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abisOf } from '../../../kernel/settings.ts'
import type { SpanTable, TracesBatch } from '../../../pipeline/data/traces.ts'
import { Processes } from '../../../trace/batches/processes.ts'
import { SpanMaker } from '../../../trace/batches/to-spans.ts'
import { encodeCall } from '../../kit/traced-call.ts'
import { encodeEnd } from '../session/fake-tracing.ts'
import { eventBatch, threadOf, UNIX_OFFSET } from './event-batch.ts'

const ABIS = abisOf('x64')
const hex = (bytes: Uint8Array, size: number, row: number) =>
  Buffer.from(bytes.subarray(size * row, size * (row + 1))).toString('hex')

interface Span {
  readonly name: string
  readonly trace: string
  readonly id: string
  readonly parent: string
  readonly start: bigint
  readonly end: bigint
  readonly status: string
  readonly attributes: Record<string, unknown>
}

function spansOf(batch: TracesBatch | undefined): Span[] {
  return (batch?.tables ?? []).flatMap(table =>
    Array.from({ length: table.rows }, (_, row) => toSpan(table, row)),
  )
}

function toSpan(table: SpanTable, row: number): Span {
  const status = table.status.values[table.status.codes[row]!]!
  return {
    name: table.name.values[table.name.codes[row]!]!,
    trace: hex(table.traceId, 16, row),
    id: hex(table.spanId, 8, row),
    parent: hex(table.parentSpanId, 8, row),
    start: table.startTimeUnixNano[row]! - UNIX_OFFSET,
    end: table.endTimeUnixNano[row]! - UNIX_OFFSET,
    status: status.code === 'unset' ? '' : status.message,
    attributes: Object.fromEntries(
      table.attributes.flatMap(column =>
        column.type === 'coded' ? [[column.key, column.values[column.codes[row]!]]] : [],
      ),
    ),
  }
}

const NONE = '0'.repeat(16)
const shell = threadOf({ tid: 10, comm: 'sh', processStartNs: 100n, parentTgid: 1, parentStartNs: 1n })
const cat = threadOf({ tid: 20, comm: 'cat', processStartNs: 200n, parentTgid: 10, parentStartNs: 100n })
const call = (tid: number, startNs: bigint, ret = 0) =>
  encodeCall({ call: 'close', tid, startNs, endNs: startNs + 10n, ret })

const s = suite('SpanMaker')
s('makes nothing of nothing', () => assert.is(new SpanMaker(ABIS).toSpans(eventBatch([])), undefined))
s('makes a tree of calls, processes and their parents', () => {
  const spans = spansOf(
    new SpanMaker(ABIS).toSpans(
      eventBatch([
        [call(10, 150n), shell],
        [call(20, 250n, -9), cat],
        [encodeEnd({ tid: 20, timeNs: 300n, startNs: 200n, status: 1 << 8 }), cat],
        [encodeEnd({ tid: 10, timeNs: 400n, startNs: 100n }), shell],
      ]),
    ),
  )
  const [ofShell, ofCat, catSpan, shellSpan] = spans as [Span, Span, Span, Span]
  assert.equal(
    spans.map(({ name, start, end, status }) => [name, start, end, status]),
    [
      ['close', 150n, 160n, ''],
      ['close', 250n, 260n, 'EBADF'],
      ['cat', 200n, 300n, 'exit code 1'],
      ['sh', 100n, 400n, ''],
    ],
  )
  assert.equal([ofShell.parent, ofCat.parent], [shellSpan.id, catSpan.id])
  assert.equal([catSpan.parent, shellSpan.parent], [shellSpan.id, NONE])
  assert.is(new Set(spans.map(({ trace }) => trace)).size, 1, 'one trace')
  assert.is(new Set(spans.map(({ id }) => id)).size, 4, 'ids are unique')
  assert.is(catSpan.attributes['process.exit.code'], 1)
})
s('says what signal ended a process', () => {
  const end = encodeEnd({ tid: 10, timeNs: 400n, startNs: 100n, status: 9 })
  const spans = spansOf(
    new SpanMaker(ABIS).toSpans(
      eventBatch([
        [call(10, 150n), shell],
        [end, shell],
      ]),
    ),
  )
  assert.is(spans[1]!.status, 'signal 9')
})
s('makes no span of a process that made no call', () => {
  const end = encodeEnd({ tid: 10, timeNs: 400n, startNs: 100n })
  assert.is(new SpanMaker(ABIS).toSpans(eventBatch([[end, shell]])), undefined)
})
s('tells processes of the same id apart', () => {
  const later = threadOf({ tid: 10, comm: 'other', processStartNs: 5000n })
  const maker = new SpanMaker(ABIS)
  const spans = spansOf(
    maker.toSpans(
      eventBatch([
        [call(10, 150n), shell],
        [call(10, 5100n), later],
      ]),
    ),
  )
  assert.is.not(spans[0]!.parent, spans[1]!.parent)
})
s('ends the spans of processes that live with the last batch', () => {
  const maker = new SpanMaker(ABIS)
  maker.toSpans(eventBatch([[call(10, 150n), shell]]))
  const [span] = spansOf(maker.toSpans(eventBatch([]), 900n))
  assert.equal([span!.name, span!.end, span!.attributes['process.unfinished']], ['sh', 900n, true])
})
for (const [what, moved, start, end] of [
  ['begins with its first calls though the clock is slewed meanwhile', 500_000_000n, 100n, 500_000_900n],
  [
    'is as long as the process lived when the clock was set forward',
    10n ** 15n,
    10n ** 15n + 100n,
    10n ** 15n + 900n,
  ],
  ['and when it was set back', -(10n ** 15n), 100n - 10n ** 15n, 900n - 10n ** 15n],
] as const)
  s(`the span of a process ${what}`, () => {
    const maker = new SpanMaker(ABIS)
    maker.toSpans(eventBatch([[call(10, 150n), shell]]))
    const [span] = spansOf(maker.toSpans(eventBatch([], [], UNIX_OFFSET + moved), 900n))
    assert.equal([span!.start, span!.end], [start, end])
  })
s.run()

const processes = suite('Processes')
processes('remembers no more than it may, and gives what had to go', () => {
  const known = new Processes(1)
  const { span } = known.spanOf(shell, UNIX_OFFSET)
  const { evicted } = known.spanOf(cat, UNIX_OFFSET)
  assert.is(evicted, span)
  assert.is(known.size, 1)
})
processes.run()
