import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CHUNK_BYTES } from '../../../exporters/prometheus/encode.ts'
import { encodeOpenMetrics, encodeText } from '../../../exporters/prometheus/text.ts'
import { assertGolden } from '../../kit/golden.ts'
import { metricsBatch, type Row } from '../../kit/metrics.ts'
import { syscallBatch } from '../../kit/syscall-batch.ts'
import { encodeAll, expose, labelOptions, POD, plain, textOf, UNIT } from './kit.ts'
import { parseSamples, parseText } from './parse-text.ts'

const START = 1_700_000_000_250_000_000n
const ROWS: Row[] = [
  {
    resource: POD,
    start: START,
    attributes: { 'syscall.name': 'openat', 'error.type': 'ENOENT', 'syscall.class': 'FileSystem' },
    values: {
      'swoll.syscall.calls': 3,
      'swoll.syscall.time': 2n ** 53n + 1n,
      'swoll.syscall.duration': { sum: 0.75, buckets: { '-3': 1, '-2': 2 } },
    },
  },
  {
    resource: UNIT,
    start: START,
    attributes: { 'syscall.name': 'exit_group', 'syscall.outcome': 'no_return' },
    values: { 'swoll.syscall.calls': 17 },
  },
]
const BATCH = metricsBatch(ROWS, { time: 1_700_000_100_500_000_000n })
const BOUNDS = { ...plain, bounds: [-3, -2, -1] }

const golden = suite('encodeText and encodeOpenMetrics')
for (const naming of ['swoll', 'otel'] as const)
  for (const [format, encode] of [
    ['text', encodeText],
    ['openmetrics', encodeOpenMetrics],
  ] as const)
    for (const [kind, options] of [
      ['plain', plain],
      ['classic', { ...BOUNDS, timestamps: true }],
    ] as const)
      golden(`write the ${naming} names as ${format}, ${kind}, byte for byte`, () => {
        const text = encodeAll(encode, expose([BATCH], labelOptions(naming)), options).toString()
        parseText(text, format === 'openmetrics')
        assertGolden(`prometheus/${naming}-${kind}.${format}.txt`, text)
      })
golden('are empty without rows but for the end mark', () => {
  assert.is(encodeAll(encodeText, expose([])).toString(), '')
  assert.is(encodeAll(encodeOpenMetrics, expose([])).toString(), '# EOF\n')
})
golden('escape label values and help, and keep UTF-8', () => {
  const evil = 'a"b\\c\nd — é😀'
  const batch = metricsBatch([{ attributes: { x: evil }, values: { n: { gauge: 1 } } }])
  const table = {
    ...batch.tables[0]!,
    metrics: [{ ...batch.tables[0]!.metrics[0]!, description: 'say "hi" \\\n!' }],
  }
  const exposition = expose([{ ...batch, tables: [table] }])
  assert.is(
    encodeAll(encodeText, exposition).toString(),
    '# HELP n_ratio say "hi" \\\\\\n!\n# TYPE n_ratio gauge\nn_ratio{container_id="a",x="a\\"b\\\\c\\nd — é😀"} 1\n',
  )
  assert.match(encodeAll(encodeOpenMetrics, exposition).toString(), '# HELP n_ratio say \\"hi\\" \\\\\\n!\n')
})
golden('leave the braces out when there are no labels', () => {
  const text = textOf([{ resource: { id: 'r', attributes: {} }, values: { n: 5 } }])
  assert.is(text.split('\n').at(-2), 'n_total 5')
})
golden('can do without _created lines', () => {
  const text = encodeAll(encodeOpenMetrics, expose([BATCH], labelOptions('otel')), {
    ...BOUNDS,
    created: false,
  }).toString()
  assert.not.match(text, '_created')
})
golden('count a zero count and what is above the last bound where it belongs', () => {
  const rows = [{ values: { h: { sum: 9, buckets: { '-9': 1, 5: 4 }, zeroCount: 2 } } }]
  const text = encodeAll(encodeText, expose([metricsBatch(rows, { units: { h: '' } })]), BOUNDS).toString()
  const samples = parseSamples(text)
  const counts = ['0.125', '0.25', '0.5', '+Inf'].map(le =>
    samples.get(`h_bucket{container_id="a",le="${le}"}`),
  )
  assert.equal(counts, ['3', '3', '3', '7'])
  assert.is(samples.get('h_count{container_id="a"}'), '7')
})
golden('cumulate buckets of a finer scale up to bounds that are powers of two', () => {
  const rows = [{ values: { h: { sum: 9, buckets: { '-5': 1, '-4': 1, '-3': 1, '-1': 1 } } } }]
  const text = encodeAll(
    encodeText,
    expose([metricsBatch(rows, { scale: 1, units: { h: '' } })]),
    BOUNDS,
  ).toString()
  const samples = parseSamples(text)
  const counts = ['0.125', '0.25', '0.5', '+Inf'].map(le =>
    samples.get(`h_bucket{container_id="a",le="${le}"}`),
  )
  assert.equal(counts, ['0', '1', '3', '4'])
})
golden.run()

const chunks = suite('chunks')
for (const encode of [encodeText, encodeOpenMetrics])
  chunks(`${encode.name} bounds each chunk and loses nothing between them`, () => {
    const exposition = expose([syscallBatch(5000)])
    let most = 0
    let text = ''
    for (const chunk of encode(exposition, plain)) {
      most = Math.max(most, chunk.length)
      text += Buffer.from(chunk).toString('latin1')
    }
    assert.ok(most > CHUNK_BYTES / 2 && most < CHUNK_BYTES + 4096, `largest chunk ${most}`)
    assert.is(parseSamples(text, encode === encodeOpenMetrics).size, 10_000)
  })
chunks('has room for labels longer than a chunk', () => {
  const long = 'x'.repeat(3 * CHUNK_BYTES)
  const text = textOf([1, 2].map(i => ({ attributes: { long, i }, values: { n: i } })))
  assert.is(parseSamples(text).size, 2)
})
chunks('two encodings of one exposition do not disturb each other', () => {
  const exposition = expose([syscallBatch(2000)])
  const whole = encodeAll(encodeText, exposition).toString()
  const [a, b] = [encodeText(exposition, plain), encodeText(exposition, plain)]
  const texts = ['', '']
  for (let done = false; !done; ) {
    const next = [a.next(), b.next()]
    next.forEach(({ value }, i) => {
      texts[i]! += value ? Buffer.from(value).toString() : ''
    })
    done = next.every(result => result.done)
  }
  assert.equal(texts, [whole, whole])
})
chunks.run()
