/** Logs and traces as OTLP requests, decoded without our encoder. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { RequestLimits } from '../../../otlp/encode-table.ts'
import { encodeRequests } from '../../../otlp/protobuf/encode.ts'
import type { LogsBatch } from '../../../pipeline/data/logs.ts'
import type { TracesBatch } from '../../../pipeline/data/traces.ts'
import {
  type LogRow,
  logsBatch,
  type SpanRow,
  spansBatch,
  toLogRecords,
  toSpanRecords,
} from '../../kit/events.ts'
import { recodeOtlp } from '../../kit/otlp.ts'
import {
  decodeLogs,
  decodeTraces,
  toEventLines,
  toOtlpLogRecords,
  toOtlpSpanRecords,
} from '../../kit/otlp-events.ts'
import { seeded } from '../../kit/random.ts'

const MOST: RequestLimits = { items: 1_000_000, bytes: 2 ** 30 }
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const logRequests = (batch: LogsBatch, limits = MOST) => [...encodeRequests('logs', batch, limits)]
const spanRequests = (batch: TracesBatch, limits = MOST) => [...encodeRequests('traces', batch, limits)]
const NS = 1_790_000_000_123_456_789n
const TRACE = '0123456789abcdef0123456789abcdef'
const SPAN = 'fedcba9876543210'

/** Attributes in all three kinds of column; those of dictionaries first, as they are written. */
const attributes: readonly (readonly [name: string, rows: readonly Pick<LogRow, 'attributes'>[]])[] = [
  ['none', [{}]],
  ['of every type', [{ attributes: { s: 'x', t: true, f: false, i: 42, n: -7, d: 1.5 } }]],
  [
    'integers of every length, negative ones too',
    [0n, 1n, -1n, 127n, 128n, 2n ** 31n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)].map(n => ({
      attributes: { n },
    })),
  ],
  ['an integer that some rows lack', [{ attributes: { n: 0n } }, {}, { attributes: { n: 5n } }]],
  ['a text that some rows lack', [{ attributes: { path: '/etc/passwd' } }, {}, { attributes: { path: '' } }]],
  [
    'texts beyond ASCII, and long ones',
    [{ attributes: { path: 'é✓𝄞'.repeat(300) } }, { attributes: { path: 'é' } }],
  ],
  [
    'absent dictionary values',
    [{ attributes: { a: 'x' } }, { attributes: { b: 'y' } }, { attributes: { a: 'z', b: 'y' } }],
  ],
  ['a key of 200 characters', [{ attributes: { ['k'.repeat(200)]: 1n, [`${'k'.repeat(200)}2`]: 'v' } }]],
]

const logs = suite('encodeRequests, logs')
const logRows: readonly (readonly [name: string, rows: readonly LogRow[]])[] = [
  ...attributes.map(([name, rows]) => [`attributes: ${name}`, rows] as const),
  ['a body', [{ body: 'openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3' }]],
  ['no body', [{ body: '' }, { body: 'x' }]],
  ['a long body', [{ body: '✓'.repeat(100_000) }]],
  ['nanosecond times, and no time', [{ time: NS }, { time: 0n }, { time: 2n ** 64n - 1n }]],
  [
    'severities',
    [
      { severity: { number: 0, text: '' } },
      { severity: { number: 17, text: 'error' } },
      { severity: { number: 0, text: 'odd' } },
      { severity: { number: 24, text: '' } },
    ],
  ],
  ['trace and span ids, and none', [{ traceId: TRACE, spanId: SPAN }, {}, { traceId: TRACE }]],
  ['resources that alternate', ['a', 'b', 'a', 'b'].map((resource, i) => ({ resource, attributes: { i } }))],
  ['a resource without attributes', [{ resource: { id: 'none', attributes: {} } }]],
]
for (const [name, rows] of logRows)
  for (const eventName of ['', 'syscall'])
    logs(`keeps ${name}${eventName && ', as an event'}`, () => {
      const batch = logsBatch(rows, { texts: ['path'], eventName, observed: eventName ? NS : 0n })
      const [request, ...more] = logRequests(batch)
      assert.equal(more, [])
      assert.is(request!.items, rows.length)
      assert.equal(
        toEventLines(toOtlpLogRecords(decodeLogs(request!.bytes))),
        toEventLines(toLogRecords(batch)),
      )
      assert.is(hex(recodeOtlp(request!.bytes, 'logs')), hex(request!.bytes), 'known, in order, no defaults')
    })

logs('writes resource, scope and record as OTLP has them', () => {
  const batch = logsBatch(
    [
      {
        resource: 'c1',
        time: 10n,
        body: 'hello',
        attributes: { s: 'x', n: -1n, path: '/a' },
        traceId: TRACE,
        spanId: SPAN,
      },
    ],
    { texts: ['path'], eventName: 'syscall', observed: 20n },
  )
  assert.equal(decodeLogs(logRequests(batch)[0]!.bytes), {
    resource_logs: [
      {
        resource: { attributes: [{ key: 'container.id', value: { string_value: 'c1' } }] },
        scope_logs: [
          {
            scope: { name: 'swoll/receiver/ebpf', version: '0.0.0' },
            log_records: [
              {
                time_unix_nano: 10n,
                severity_number: 9,
                severity_text: 'INFO',
                body: { string_value: 'hello' },
                attributes: [
                  { key: 's', value: { string_value: 'x' } },
                  { key: 'n', value: { int_value: -1n } },
                  { key: 'path', value: { string_value: '/a' } },
                ],
                dropped_attributes_count: 0,
                flags: 0,
                trace_id: new Uint8Array(Buffer.from(TRACE, 'hex')),
                span_id: new Uint8Array(Buffer.from(SPAN, 'hex')),
                observed_time_unix_nano: 20n,
                event_name: 'syscall',
              },
            ],
            schema_url: '',
          },
        ],
        schema_url: '',
      },
    ],
  })
})
logs('gives nothing for nothing', () => {
  assert.equal(logRequests({ resources: [], tables: [] }), [])
  assert.equal(logRequests(logsBatch([])), [])
})
logs('puts every table in, with the columns of each', () => {
  const [a, b] = [logsBatch([{ attributes: { x: '1' } }]), logsBatch([{ attributes: { y: 2n } }])]
  const batch = { resources: a.resources, tables: [...a.tables, ...b.tables] }
  const records = logRequests(batch).flatMap(({ bytes }) => toOtlpLogRecords(decodeLogs(bytes)))
  assert.equal(
    records.map(record => record.attributes),
    [{ x: '1' }, { y: 2n }],
  )
})
logs.run()

const traces = suite('encodeRequests, traces')
const spanRows: readonly (readonly [name: string, rows: readonly SpanRow[]])[] = [
  ...attributes.map(([name, rows]) => [`attributes: ${name}`, rows] as const),
  [
    'a root and its child',
    [
      { traceId: TRACE, spanId: SPAN },
      { traceId: TRACE, parentSpanId: SPAN },
    ],
  ],
  ['names, and none', [{ name: 'openat' }, { name: '' }, { name: 'é' }]],
  [
    'kinds',
    (['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const).map(kind => ({
      kind,
    })),
  ],
  ['times', [{ start: NS, end: NS + 1n }]],
  [
    'statuses',
    [
      { status: { code: 'unset', message: '' } },
      { status: { code: 'ok', message: '' } },
      { status: { code: 'error', message: 'ENOENT' } },
      { status: { code: 'error', message: '' } },
    ],
  ],
  ['resources that alternate', ['a', 'b', 'a', 'b'].map((resource, i) => ({ resource, attributes: { i } }))],
]
for (const [name, rows] of spanRows)
  traces(`keeps ${name}`, () => {
    const batch = spansBatch(rows, { texts: ['path'] })
    const [request, ...more] = spanRequests(batch)
    assert.equal(more, [])
    assert.is(request!.items, rows.length)
    assert.equal(
      toEventLines(toOtlpSpanRecords(decodeTraces(request!.bytes))),
      toEventLines(toSpanRecords(batch)),
    )
    assert.is(hex(recodeOtlp(request!.bytes, 'traces')), hex(request!.bytes), 'known, in order, no defaults')
  })
traces('gives nothing for nothing', () => {
  assert.equal(spanRequests(spansBatch([])), [])
})
traces.run()

/** Rows as a tracer makes them: some values come together, some are unique, some are absent. */
function randomRows(seed: number, count: number): (LogRow & SpanRow)[] {
  const random = seeded(seed)
  const upTo = (n: number) => Math.floor(random() * n)
  return Array.from({ length: count }, (_, i) => {
    const call = upTo(40)
    return {
      resource: `container-${upTo(7)}`,
      time: NS + BigInt(upTo(1e9)),
      body: `call_${call}("${'x'.repeat(upTo(200))}") = ${i}`,
      traceId: TRACE,
      spanId: (i + 1).toString(16).padStart(16, '0'),
      name: `call_${call}`,
      status: call % 9 === 0 ? { code: 'error', message: `E${call}` } : { code: 'unset', message: '' },
      attributes: {
        'syscall.name': `call_${call}`,
        'syscall.number': call,
        'syscall.class': `class_${call % 5}`,
        ...(call % 9 === 0 && { 'error.type': `E${call}` }),
        'process.pid': BigInt(upTo(1e5)),
        ...(random() < 0.5 && { fd: BigInt(upTo(1e3)) - 1n }),
        ...(random() < 0.7 && { path: `/proc/${upTo(1e5)}/✓`.slice(upTo(5)) }),
      },
    }
  })
}

const limits = suite('encodeRequests within limits')
for (const most of [1, 2, 7, 64, 500, 10_000])
  limits(`of ${most} records`, () => {
    const batch = logsBatch(randomRows(most, 311), { texts: ['path'] })
    const parts = logRequests(batch, { items: most, bytes: 2 ** 20 })
    assert.equal(
      toEventLines(parts.flatMap(({ bytes }) => toOtlpLogRecords(decodeLogs(bytes)))),
      toEventLines(toLogRecords(batch)),
    )
    for (const { bytes, items } of parts) {
      assert.is(items, toOtlpLogRecords(decodeLogs(bytes)).length)
      assert.ok(items <= most, `${items}`)
    }
  })
for (const most of [1, 300, 5_000, 60_000])
  limits(`of ${most} bytes`, () => {
    const batch = spansBatch(randomRows(most, 311), { texts: ['path'] })
    const parts = spanRequests(batch, { items: Number.POSITIVE_INFINITY, bytes: most })
    assert.equal(
      toEventLines(parts.flatMap(({ bytes }) => toOtlpSpanRecords(decodeTraces(bytes)))),
      toEventLines(toSpanRecords(batch)),
    )
    for (const { bytes, items } of parts)
      assert.ok(bytes.length <= most || items === 1, `${bytes.length} bytes`)
  })
limits('of bytes are reached by most requests, since the size of the last one is known', () => {
  const batch = logsBatch(randomRows(3, 4_000), { texts: ['path'] })
  const sizes = logRequests(batch, { items: Number.POSITIVE_INFINITY, bytes: 60_000 }).map(
    r => r.bytes.length,
  )
  assert.ok(sizes.length < (1.5 * sizes.reduce((sum, size) => sum + size, 0)) / 60_000, `${sizes}`)
})
limits('two batches encoded in turns do not spoil each other', () => {
  const [one, two] = [logsBatch(randomRows(1, 100)), logsBatch(randomRows(2, 100))]
  const parts = [one, two].map(batch => encodeRequests('logs', batch, { items: 9, bytes: 2 ** 20 }))
  const got: Uint8Array[][] = [[], []]
  for (let isMore = true; isMore; ) {
    const next = parts.map(part => part.next())
    next.forEach(({ value }, i) => {
      if (value) got[i]!.push(value.bytes)
    })
    isMore = next.some(({ done }) => !done)
  }
  const lines = (requests: Uint8Array[]) =>
    toEventLines(requests.flatMap(bytes => toOtlpLogRecords(decodeLogs(bytes))))
  assert.equal(
    [lines(got[0]!), lines(got[1]!)],
    [toEventLines(toLogRecords(one)), toEventLines(toLogRecords(two))],
  )
})
limits.run()
