/** Lines of OTLP/JSON: what they say is what the protobuf encoding of the same batch says, decoded without either encoder. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeLines } from '../../../otlp/json/encode.ts'
import { encodeRequests } from '../../../otlp/protobuf/encode.ts'
import type { Signal } from '../../../pipeline/component.ts'
import type { Batches } from '../../../pipeline/data/batches.ts'
import { countItems } from '../../../pipeline/graph/counted.ts'
import { logsBatch, spansBatch } from '../../kit/events.ts'
import { assertGolden } from '../../kit/golden.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { decodeJsonRequest, decodeRequest } from '../../kit/otlp.ts'
import { syscallBatch } from '../../kit/syscall-batch.ts'
import { syscallLogs, syscallSpans } from '../../kit/syscall-events.ts'

const MOST = { items: Number.POSITIVE_INFINITY, bytes: 2 ** 30 }
const NS = 1_790_000_000_123_456_789n
const TRACE = '0123456789abcdef0123456789abcdef'
const SPAN = 'fedcba9876543210'
const controls = String.fromCharCode(...Array.from({ length: 0x80 }, (_, i) => i))
const texts = [
  '',
  '"',
  '\\',
  'a\nb\tc',
  controls,
  'é✓𝄞',
  `${'x'.repeat(7)}"`,
  `${'x'.repeat(8)}\u0000${'y'.repeat(300)}`,
]
const integers = [
  0n,
  -1n,
  999n,
  1000n,
  10n ** 9n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n + 1n,
  10n ** 18n,
  2n ** 63n - 1n,
  -(2n ** 63n),
]

function linesOf<S extends Signal>(signal: S, batch: Batches[S], limits = MOST): string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const lines: string[] = []
  for (const { bytes } of encodeLines(signal, batch, limits)) lines.push(decoder.decode(bytes))
  return lines
}

function assertSame<S extends Signal>(signal: S, batch: Batches[S]): void {
  const lines = linesOf(signal, batch)
  const requests = [...encodeRequests(signal, batch, MOST)]
  assert.ok(
    lines.every(line => line.indexOf('\n') === line.length - 1),
    'a line each',
  )
  assert.equal(
    lines.map(line => decodeJsonRequest(signal, line)),
    requests.map(({ bytes }) => decodeRequest(signal, bytes)),
  )
}

const same = suite('encodeLines')
same('logs: bodies, texts, integers, ids, severities, absent attributes', () => {
  const rows = [
    ...texts.map(text => ({
      body: text,
      attributes: { path: text, coded: text },
      resource: `r${text.length % 3}`,
    })),
    ...integers.map(n => ({ attributes: { n }, time: BigInt.asUintN(64, n) })),
    { traceId: TRACE, spanId: SPAN, time: NS, severity: { number: 17, text: 'é"' } },
    { severity: { number: 0, text: '' }, resource: { id: 'none', attributes: {} } },
    {
      attributes: {
        t: true,
        f: false,
        d: 1.5,
        i: 42,
        big: 2 ** 60,
        nan: Number.NaN,
        inf: Number.NEGATIVE_INFINITY,
      },
    },
  ]
  for (const eventName of ['', 'swoll.syscall'])
    assertSame('logs', logsBatch(rows, { texts: ['path'], eventName, observed: eventName ? NS : 0n }))
})
same('traces: parents, kinds, statuses, times', () => {
  const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const
  assertSame(
    'traces',
    spansBatch(
      [
        ...kinds.map(kind => ({ kind, name: kind, parentSpanId: SPAN, start: NS, end: NS + 1n })),
        { traceId: TRACE, spanId: SPAN, name: 'quote "', status: { code: 'error', message: 'E"\n' } },
        { status: { code: 'ok', message: '' }, attributes: { path: '/a', n: -5n } },
      ],
      { texts: ['path'] },
    ),
  )
})
same('metrics: sums, gauges, histograms, ended series', () => {
  assertSame(
    'metrics',
    metricsBatch(
      [
        {
          resource: { id: 'a', attributes: { k: 'v' } },
          attributes: { s: 'x"' },
          values: {
            calls: 2n ** 60n,
            load: { gauge: 0.5 },
            time: { sum: 1.25, buckets: { [-3]: 2, 1: 7 }, zeroCount: 1 },
          },
        },
        { resource: { id: 'b', attributes: {} }, attributes: {}, values: { calls: 3 }, ended: true },
      ],
      { time: NS },
    ),
  )
})
same('thousands of rows as the receiver makes them', () => {
  assertSame('logs', syscallLogs(2_000))
  assertSame('traces', syscallSpans(2_000))
  assertSame('metrics', syscallBatch(1_000))
})
same('gives nothing for nothing', () => {
  assert.equal(linesOf('logs', logsBatch([])), [])
  assert.equal(linesOf('traces', { resources: [], tables: [] }), [])
})
for (const bytes of [1, 3_000, 50_000])
  same(`keeps lines within ${bytes} bytes, or to one record`, () => {
    const batch = syscallLogs(300)
    let items = 0
    for (const line of encodeLines('logs', batch, { items: Number.POSITIVE_INFINITY, bytes })) {
      assert.ok(line.bytes.length <= bytes || line.items === 1, `${line.bytes.length} bytes`)
      items += line.items
    }
    assert.is(items, countItems('logs', batch))
  })
same('looks as the specification has it', () => {
  const event = { resource: 'c1', attributes: { s: 'x', n: -1n, path: '/a' }, traceId: TRACE, spanId: SPAN }
  const options = { texts: ['path'], observed: NS + 1n, eventName: 'swoll.syscall' }
  const point = {
    resource: 'c1',
    attributes: { s: 'x' },
    values: { calls: 3, time: { sum: 1.5, buckets: { 0: 2, 2: 1 } } },
  }
  assertGolden(
    'file/lines.jsonl',
    [
      ...linesOf('logs', logsBatch([{ ...event, time: NS, body: 'close(3) = 0' }], options)),
      ...linesOf(
        'traces',
        spansBatch([{ ...event, start: NS, end: NS + 7n, name: 'close', parentSpanId: SPAN }], options),
      ),
      ...linesOf('metrics', metricsBatch([point], { time: NS })),
    ].join(''),
  )
})
same.run()
