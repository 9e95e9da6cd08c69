/**
 * Batches of metrics, one after the other, through OpenTelemetry's interval, cumulative_to_delta and memory_limiter and through ours, by the same
 * configurations: the same comes out, or both refuse.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeLines } from '../../otlp/json/encode.ts'
import type { Factory } from '../../pipeline/component.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { factory as deltas } from '../../processors/cumulative_to_delta/factory.ts'
import { factory as interval } from '../../processors/interval/factory.ts'
import { factory as limiter } from '../../processors/memory_limiter/factory.ts'
import { sink } from '../kit/consumers.ts'
import { createContext, never, nopHost } from '../kit/context.ts'
import { lacksMetricProcessors, runMetricProcessors } from '../kit/metric-processors.ts'
import { metricsBatch, type Row } from '../kit/metrics.ts'
import { flattenMetrics } from '../kit/otlp-points.ts'
import { requireAll } from '../kit/skip.ts'

requireAll(lacksMetricProcessors())

const FACTORIES = { interval, cumulative_to_delta: deltas, memory_limiter: limiter } as unknown as Readonly<
  Record<'interval' | 'cumulative_to_delta' | 'memory_limiter', Factory<unknown>>
>
type Type = keyof typeof FACTORIES
type Json = Readonly<Record<string, unknown>>

/** After any start of a processor, and long before. */
const [LATER, BEFORE] = [4_000_000_000_000_000_000n, 1_000n]

interface Given {
  readonly start?: bigint
  readonly end?: boolean
}

const row = (resource: string, call: string, n: number, { start = LATER, end }: Given = {}): Row => ({
  resource,
  attributes: { call },
  start,
  values: {
    'app.calls': n,
    'app.bytes': 1000 * n,
    level: { gauge: n + 0.5 },
    duration: { sum: n / 4, buckets: { [-3]: n, 2: 2 * n, 7: 3 * n + 1 } },
  },
  ...(end && { ended: true }),
})

const at = (offset: number, rows: readonly Row[], options: object = {}) =>
  metricsBatch(rows, { time: LATER + BigInt(offset), ...options })

/** Sequences of batches. */
const DATA = {
  steady: [
    at(10, [row('a', 'read', 5), row('a', 'write', 6), row('b', 'read', 7)]),
    at(20, [row('a', 'read', 8), row('a', 'write', 6), row('b', 'read', 9)]),
    at(30, [row('b', 'read', 19), row('a', 'write', 16), row('a', 'read', 18)]),
  ],
  away: [
    at(10, [row('a', 'read', 5), row('b', 'read', 7)]),
    at(20, [row('a', 'read', 8)]),
    at(30, [row('b', 'read', 19), row('c', 'read', 16, { start: LATER + 25n })]),
    at(40, [row('a', 'read', 28), row('b', 'read', 20)]),
  ],
  old: [
    at(10, [row('a', 'read', 5, { start: BEFORE }), row('b', 'read', 7)]),
    at(20, [row('a', 'read', 8, { start: BEFORE }), row('b', 'read', 9)]),
  ],
  instant: [
    at(10, [row('a', 'read', 5, { start: LATER + 10n })]),
    at(20, [row('a', 'read', 6, { start: LATER + 10n })]),
  ],
  restart: [
    at(10, [row('a', 'read', 50), row('b', 'read', 7)]),
    at(20, [row('a', 'read', 4, { start: LATER + 15n }), row('b', 'read', 8)]),
    at(30, [row('a', 'read', 6, { start: LATER + 15n }), row('b', 'read', 9)]),
  ],
  ends: [
    at(10, [row('a', 'read', 5), row('b', 'read', 7)]),
    at(20, [row('a', 'read', 5, { end: true }), row('b', 'read', 8)]),
    at(30, [row('b', 'read', 9)]),
  ],
  reset: [
    at(10, [row('a', 'read', 9), row('b', 'read', 7)]),
    at(20, [row('a', 'read', 8), row('b', 'read', 8)]),
  ],
  deltas: [
    at(10, [row('a', 'read', 5)], { temporality: 'delta' }),
    at(20, [row('a', 'read', 8)], { temporality: 'delta' }),
  ],
  backwards: [
    at(20, [row('a', 'read', 8), row('b', 'read', 9)]),
    at(10, [row('a', 'read', 5), row('c', 'read', 7)]),
  ],
  twice: [at(20, [row('a', 'read', 8)]), at(20, [row('a', 'read', 9)])],
} as const satisfies Record<string, readonly MetricsBatch[]>
type Name = keyof typeof DATA

const linesOf = (batch: MetricsBatch) =>
  Array.from(
    encodeLines('metrics', batch, { items: Number.POSITIVE_INFINITY, bytes: 2 ** 24 }),
    ({ bytes }) => Buffer.from(bytes).toString().trim(),
  )

async function ours(type: Type, config: Json, name: Name): Promise<string[] | 'refused'> {
  const factory = FACTORIES[type]
  const decoded = factory.config.safeParse(config)
  if (!decoded.success) return 'refused'
  const next = sink()
  const part = factory.create(createContext(decoded.data), { metrics: next })
  await part.start(nopHost(), never)
  for (const batch of DATA[name]) await part.consumers!.metrics!.consume(batch, never)
  await part.shutdown(never)
  return flatten(next.batches.flatMap(linesOf).map(line => JSON.parse(line)))
}

/**
 * All points of all requests. A histogram in which nothing came is a point there, and none here. The end of a series has its own time there; our
 * interval gives it that of the series that go on, so that a sum behind it takes both at once.
 */
const flatten = (requests: readonly unknown[]) =>
  requests
    .flatMap(flattenMetrics)
    .filter(point => /"value":"=|"flags":|"count":"[1-9]/.test(point))
    .map(point => (point.includes('"flags":1') ? point.replace(/"timeUnixNano":"\d+"/, '') : point))
    .sort()

const names = (match_type: string, ...metrics: string[]) => ({ metrics, match_type })
/** A limit far above what either process uses: everything passes, or the configuration is refused. */
const limits = (config: Json) => ['memory_limiter', { check_interval: '1s', ...config }, 'steady'] as const
const CASES: readonly (readonly [type: Type, config: Json, data: Name])[] = [
  ...(Object.keys(DATA) as Name[]).flatMap(name => [
    ...(name === 'twice' ? [] : [['cumulative_to_delta', {}, name] as const]),
    ['interval', { interval: '1h' }, name] as const,
    ['interval', { interval: '1h', pass_through: { gauge: true } }, name] as const,
  ]),
  ['cumulative_to_delta', { initial_value: 'drop' }, 'steady'],
  ['cumulative_to_delta', { initial_value: 'drop' }, 'restart'],
  ['cumulative_to_delta', { initial_value: 'drop' }, 'old'],
  ['cumulative_to_delta', { initial_value: 'auto', max_staleness: '0s' }, 'away'],
  ['cumulative_to_delta', { include: names('strict', 'app.calls') }, 'steady'],
  ['cumulative_to_delta', { include: names('strict', 'calls') }, 'steady'],
  ['cumulative_to_delta', { include: names('strict', 'APP.CALLS') }, 'steady'],
  ['cumulative_to_delta', { include: names('regexp', 'calls') }, 'steady'],
  ['cumulative_to_delta', { include: names('regexp', '^calls', 'dur') }, 'steady'],
  [
    'cumulative_to_delta',
    { include: { ...names('regexp', '.*'), regexp: { cacheenabled: true } } },
    'steady',
  ],
  ['cumulative_to_delta', { include: { metric_types: ['sum'] } }, 'steady'],
  ['cumulative_to_delta', { include: { metric_types: ['ExponentialHistogram'] } }, 'steady'],
  ['cumulative_to_delta', { include: { metric_types: ['histogram'] } }, 'steady'],
  ['cumulative_to_delta', { exclude: names('strict', 'app.bytes') }, 'steady'],
  ['cumulative_to_delta', { exclude: { metric_types: ['sum'] } }, 'steady'],
  [
    'cumulative_to_delta',
    { include: names('regexp', 'app'), exclude: names('strict', 'app.calls') },
    'steady',
  ],
  [
    'cumulative_to_delta',
    { include: { ...names('regexp', 'a'), metric_types: ['sum'] }, exclude: names('regexp', 'bytes$') },
    'restart',
  ],
  ['interval', { interval: '1h', pass_through: { gauge: true, summary: true } }, 'steady'],
  ['interval', {}, 'steady'],

  limits({ limit_mib: 100_000 }),
  limits({ limit_mib: 100_000, spike_limit_mib: 20_000 }),
  limits({ limit_percentage: 100, spike_limit_percentage: 1 }),
  limits({ limit_mib: 100_000, limit_percentage: 1 }),
  limits({ limit_mib: 100_000, max_gc_interval_when_soft_limited: '0s' }),
  limits({
    limit_mib: 100_000,
    min_gc_interval_when_soft_limited: '1m',
    min_gc_interval_when_hard_limited: '5s',
    max_gc_interval_when_soft_limited: '10m',
  }),

  // What both refuse.
  limits({}),
  limits({ check_interval: '0s', limit_mib: 100_000 }),
  ['memory_limiter', { limit_mib: 100_000 }, 'steady'],
  limits({ limit_mib: 100, spike_limit_mib: 100 }),
  limits({ limit_percentage: 20, spike_limit_percentage: 20 }),
  limits({ limit_percentage: 101 }),
  limits({ limit_mib: -1 }),
  limits({ limit_mib: 100_000, min_gc_interval_when_hard_limited: '11s' }),
  limits({ limit_mib: 100_000, max_gc_interval_when_soft_limited: '1s' }),
  limits({ limit_mib: 100_000, max_gc_interval_when_soft_limited: '20s' }),
  limits({ limit_mib: 100_000, max_gc_interval_when_hard_limited: '40s' }),
  limits({ limit_mib: 100_000, limit_gib: 1 }),
  ['interval', { interval: '0s' }, 'steady'],
  ['interval', { interval: 'often' }, 'steady'],
  ['interval', { pass_through: { sum: true } }, 'steady'],
  ['cumulative_to_delta', { include: { metrics: ['a'] } }, 'steady'],
  ['cumulative_to_delta', { exclude: { match_type: 'strict' } }, 'steady'],
  ['cumulative_to_delta', { include: { metric_types: ['gauge'] } }, 'steady'],
  ['cumulative_to_delta', { initial_value: 'first' }, 'steady'],
  ['cumulative_to_delta', { metrics: ['a'] }, 'steady'],
]

const theirs = runMetricProcessors(
  CASES.map(([type, config, name]) => ({ type, config, data: DATA[name].map(batch => linesOf(batch)[0]!) })),
)

const s = suite('processors of OpenTelemetry, and ours')
for (const [i, [type, config, name]] of CASES.entries())
  s(`${type} of ${name}, ${i}: ${JSON.stringify(config).slice(0, 120)}`, async () => {
    const answer = theirs[i]!
    const want = typeof answer === 'string' ? 'refused' : flatten(answer)
    assert.equal(await ours(type, config, name), want, typeof answer === 'string' ? answer : '')
  })
s('are compared by more than 30 configurations', () => assert.ok(CASES.length > 30))
s.run()
