import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../exporters/debug/config.ts'
import { DebugExporter } from '../../../exporters/debug/exporter.ts'
import { factory } from '../../../exporters/debug/factory.ts'
import { escapeControls } from '../../../exporters/debug/format.ts'
import { createSampler } from '../../../exporters/debug/sampler.ts'
import type { Signal } from '../../../pipeline/component.ts'
import type { Batches } from '../../../pipeline/data/batches.ts'
import { fakeClock } from '../../kit/clock.ts'
import { createContext, never, recordingLogger } from '../../kit/context.ts'
import { logsBatch, spansBatch } from '../../kit/events.ts'
import { assertGolden } from '../../kit/golden.ts'
import { checkLifecycle } from '../../kit/lifecycle.ts'
import { metricsBatch } from '../../kit/metrics.ts'

const pod = { id: 'c1', attributes: { 'container.id': 'c1', 'k8s.pod.name': 'web-0' } }
/** One of each kind of metric, resource, attribute and row. */
const all = metricsBatch(
  [
    {
      resource: pod,
      attributes: { 'syscall.name': 'openat', 'error.type': 'ENOENT' },
      values: {
        'swoll.syscall.calls': 3,
        'swoll.syscall.duration': { sum: 1.25, buckets: { [-3]: 2, 0: 1 }, zeroCount: 1 },
        load: { gauge: 0.5 },
      },
      start: 1_790_000_000_000_000_001n,
    },
    {
      resource: { id: 'host', attributes: {} },
      attributes: { 'otel.metric.overflow': true, n: 7, d: 1.5 },
      values: { 'swoll.syscall.calls': 2n ** 60n },
      start: 0n,
    },
    {
      resource: pod,
      attributes: { 'syscall.name': 'evil\n\u001b[31mname\u202e' },
      values: { 'swoll.syscall.calls': 9 },
      ended: true,
    },
  ],
  { time: 1_790_000_060_123_456_789n },
)

interface Printed {
  readonly log: ReturnType<typeof recordingLogger>
  readonly written: string[]
}
type Given = { [S in Signal]: readonly [S, Batches[S]] }[Signal]

async function print(options: object, ...batches: Given[]): Promise<Printed> {
  const log = recordingLogger()
  const written: string[] = []
  const parts = { clock: fakeClock(), write: async (text: string) => void written.push(text) }
  const exporter = new DebugExporter(createContext(config.parse(options), { log }), parts)
  for (const [signal, batch] of batches) await exporter.consumers[signal]!.consume(batch as never, never)
  return { log, written }
}
const counts = { 'resource metrics': 2, metrics: 3, 'data points': 7 }

const prints = suite('DebugExporter')
prints('logs the counts of a batch, and no more, when basic', async () => {
  const { log, written } = await print({}, ['metrics', all])
  assert.equal(log.lines, [{ level: 'info', fields: counts, message: 'Metrics' }])
  assert.equal(written, [])
})
for (const verbosity of ['normal', 'detailed'])
  prints(`logs counts and text when ${verbosity}`, async () => {
    const { log } = await print({ verbosity }, ['metrics', all])
    assert.equal(
      log.lines.map(line => line.fields),
      [counts, {}],
    )
    assertGolden(`debug/${verbosity}.txt`, `${log.lines[1]!.message}\n`)
  })
prints('writes the same to standard output when it is told to', async () => {
  const { log, written } = await print({ verbosity: 'normal', use_internal_logger: false }, ['metrics', all])
  const { log: other } = await print({ verbosity: 'normal' }, ['metrics', all])
  assert.equal(log.lines, [])
  assert.equal(written, [`Metrics ${JSON.stringify(counts)}\n${other.lines[1]!.message}\n`])
})
prints('writes one line per batch to standard output when basic', async () => {
  const { written } = await print({ use_internal_logger: false }, ['metrics', metricsBatch([])])
  assert.equal(written, ['Metrics {"resource metrics":0,"metrics":0,"data points":0}\n'])
})
prints('prints only what is sampled', async () => {
  const { log } = await print(
    { sampling_initial: 1, sampling_thereafter: 3 },
    ...new Array<Given>(7).fill(['metrics', all]),
  )
  assert.is(log.lines.length, 3)
})

const evil = 'evil\n\u001b[31mname\u202e'
const logs = logsBatch(
  [
    {
      resource: pod,
      time: 1_790_000_060_123_456_789n,
      body: `openat("/etc/${evil}") = 3`,
      attributes: { 'syscall.name': 'openat', 'syscall.duration': 2n ** 60n, path: evil },
      traceId: 'ab'.padStart(32, '0'),
      spanId: 'cd'.padStart(16, '0'),
    },
    { resource: { id: 'host', attributes: {} }, severity: { number: 14, text: 'WARN2' } },
    { resource: pod, severity: { number: 0, text: '' }, body: 'close(3) = 0', attributes: { path: '' } },
  ],
  { texts: ['path'], eventName: 'swoll.syscall', observed: 1_790_000_060_200_000_000n },
)
const spans = spansBatch(
  [
    { resource: pod, name: 'sh', attributes: { 'process.pid': 17n } },
    {
      resource: pod,
      name: evil,
      parentSpanId: '1'.padStart(16, '0'),
      kind: 'client',
      start: 1_790_000_060_123_456_789n,
      end: 1_790_000_060_123_456_999n,
      status: { code: 'error', message: 'ENOENT' },
      attributes: { path: '/etc/passwd', 'process.pid': -1n },
    },
  ],
  { texts: ['path'] },
)
for (const verbosity of ['normal', 'detailed']) {
  prints(`shows log records when ${verbosity}`, async () => {
    const { log } = await print({ verbosity }, ['logs', logs])
    assert.equal(log.lines[0], { level: 'info', fields: logCounts, message: 'Logs' })
    assertGolden(`debug/logs-${verbosity}.txt`, `${log.lines[1]!.message}\n`)
  })
  prints(`shows spans when ${verbosity}`, async () => {
    const { log } = await print({ verbosity }, ['traces', spans])
    assert.equal(log.lines[0], { level: 'info', fields: spanCounts, message: 'Traces' })
    assertGolden(`debug/spans-${verbosity}.txt`, `${log.lines[1]!.message}\n`)
  })
}
const logCounts = { 'resource logs': 2, 'log records': 3 }
const spanCounts = { 'resource spans': 1, spans: 2 }
prints('logs only counts of log records and spans when basic', async () => {
  const { log } = await print({}, ['logs', logs], ['traces', spans])
  assert.equal(
    log.lines.map(({ fields, message }) => [message, fields]),
    [
      ['Logs', logCounts],
      ['Traces', spanCounts],
    ],
  )
})
prints('keeps the promises of a component', () => checkLifecycle(factory, { use_internal_logger: false }))
prints.run()

const sampler = suite('createSampler')
/** Which of eight events in one second pass. */
const samples: readonly (readonly [initial: number, thereafter: number, passed: string])[] = [
  [2, 1, '12345678'],
  [2, 3, '1258'],
  [0, 4, '48'],
  [3, 0, '123'],
  [0, 0, ''],
]
for (const [initial, thereafter, passed] of samples)
  sampler(`passes "${passed}" with ${initial} at first and every ${thereafter}th after`, () => {
    const isSampled = createSampler(fakeClock(), initial, thereafter)
    assert.is(['1', '2', '3', '4', '5', '6', '7', '8'].filter(isSampled).join(''), passed)
  })
sampler('starts again each second', async () => {
  const clock = fakeClock()
  const isSampled = createSampler(clock, 1, 0)
  const passed = []
  for (let i = 0; i < 6; i++) {
    passed.push(isSampled())
    await clock.advance(400)
  }
  assert.equal(passed, [true, false, false, true, false, true])
})
sampler.run()

const escapes = suite('escapeControls')
for (const [what, text, escaped] of [
  ['plain text, also beyond ASCII', 'openat é ✓ 𝄞', 'openat é ✓ 𝄞'],
  ['line breaks and tabs', 'a\nb\tc\r', 'a\\nb\\tc\\u000d'],
  ['terminal sequences', '\u001b[2J\u009b1m\u007f\u0000', '\\u001b[2J\\u009b1m\\u007f\\u0000'],
  ['separators and marks of direction', 'a\u2028b\u202ec\u2066d', 'a\\u2028b\\u202ec\\u2066d'],
] as const)
  escapes(`shows ${what}`, () => assert.is(escapeControls(text), escaped))
escapes.run()
