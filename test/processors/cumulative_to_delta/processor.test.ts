import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../processors/cumulative_to_delta/config.ts'
import { CumulativeToDelta } from '../../../processors/cumulative_to_delta/processor.ts'
import { sink } from '../../kit/consumers.ts'
import { createContext, never, recordingMeter } from '../../kit/context.ts'
import { metricsBatch, type Point, type Row, toPoints } from '../../kit/metrics.ts'
import { seeded } from '../../kit/random.ts'

/** When the processor begins, ns. */
const BEGAN = 1000n

function open(given: object = {}) {
  const next = sink()
  const { meter, read } = recordingMeter()
  const context = createContext(config.parse(given), { id: 'x', meter })
  const processor = new CumulativeToDelta(context, next, { unixNano: () => BEGAN })
  /** Gives a batch; the points that came of it. */
  const give = async (time: bigint, rows: readonly Row[], options = {}) => {
    await processor.consume(
      metricsBatch(
        rows.map(row => ({ start: BEGAN, ...row })),
        { time, ...options },
      ),
      never,
    )
    return toPoints(next.batches.at(-1)!).map(short).sort()
  }
  return { processor, next, read, give }
}

const short = ({ metric, resource, attributes, start, time, value, ended }: Point) =>
  `${resource}${Object.values(attributes).join()} ${metric}=${typeof value === 'object' ? JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? Number(item) : item)) : value} ${start}-${time}${ended ? ' ended' : ''}`

const s = suite('cumulative_to_delta')
s('sends what came since the last time, from then to now', async () => {
  const { give, next } = open()
  assert.equal(await give(1100n, [{ values: { calls: 5 } }]), ['a calls=5 1000-1100'])
  assert.equal(await give(1200n, [{ values: { calls: 7 } }]), ['a calls=2 1100-1200'])
  assert.equal(await give(1300n, [{ values: { calls: 7 } }]), ['a calls=0 1200-1300'])
  const [metric] = next.batches.at(-1)!.tables[0]!.metrics
  assert.is(metric?.type === 'sum' && metric.temporality, 'delta')
})
s('keeps series of several resources and attributes apart', async () => {
  const { give } = open()
  const rows = (...calls: number[]): Row[] => [
    { attributes: { x: 'p' }, values: { calls: calls[0]! } },
    { resource: 'b', attributes: { x: 'p' }, values: { calls: calls[1]! } },
    { resource: 'b', attributes: { x: 'q' }, values: { calls: calls[2]! } },
  ]
  await give(1100n, rows(1, 2, 3))
  assert.equal(await give(1200n, rows(11, 22, 33).reverse()), [
    'ap calls=10 1100-1200',
    'bp calls=20 1100-1200',
    'bq calls=30 1100-1200',
  ])
})
s('takes histograms apart bucket by bucket', async () => {
  const { give } = open()
  const row = (buckets: Record<number, number>, sum: number, zeroCount = 0): Row[] => [
    { values: { duration: { buckets, sum, zeroCount } } },
  ]
  await give(1100n, row({ 1: 2, 4: 1 }, 1.5, 1))
  assert.equal(await give(1200n, row({ 1: 2, 2: 3, 4: 5 }, 4, 3)), [
    'a duration={"sum":2.5,"count":9,"zeroCount":2,"buckets":{"2":3,"4":4}} 1100-1200',
  ])
  assert.equal(await give(1300n, row({ 1: 2, 2: 3, 4: 5 }, 4, 3)), [], 'a histogram of nothing is no point')
})
s('is exact beyond 2^53', async () => {
  const { give } = open()
  await give(1100n, [{ values: { calls: 2n ** 63n } }])
  assert.equal(await give(1200n, [{ values: { calls: 2n ** 63n + 2n ** 54n + 1n } }]), [
    `a calls=${2n ** 54n + 1n} 1100-1200`,
  ])
})
s('sends all of a series that has begun anew, from its new start', async () => {
  const { give } = open()
  await give(1100n, [{ values: { calls: 5 } }])
  assert.equal(await give(1200n, [{ start: 1150n, values: { calls: 9 } }]), ['a calls=9 1150-1200'])
  assert.equal(await give(1300n, [{ start: 1150n, values: { calls: 10 } }]), ['a calls=1 1200-1300'])
  assert.equal(
    await give(1400n, [{ start: 1000n, values: { calls: 16 } }]),
    ['a calls=6 1300-1400'],
    'one that took in another goes on',
  )
})
s('drops and counts a value that has fallen, and goes on from it', async () => {
  const { give, read } = open()
  const row = (calls: number, count: number): Row[] => [
    { values: { calls, duration: { buckets: { 1: count }, sum: 0 } } },
  ]
  await give(1100n, row(5, 5))
  assert.equal(await give(1200n, row(6, 4)), [])
  assert.equal(await give(1300n, row(7, 6)), [
    'a calls=1 1200-1300',
    'a duration={"sum":0,"count":2,"zeroCount":0,"buckets":{"1":2}} 1200-1300',
  ])
  const metrics = await read()
  const dropped = (type: string) =>
    metrics[`cumulativetodelta_datapoints_dropped{metric_type=${type},processor=x,reason=reset}`]
  assert.equal([dropped('sum'), dropped('exponential_histogram')], [1, 1])
  assert.is(metrics['cumulativetodelta_datapoints{metric_type=sum,processor=x}'], 2)
})
s('sends what an end brings, and no end', async () => {
  const { give } = open()
  await give(1100n, [{ values: { calls: 5 } }, { resource: 'b', values: { calls: 1 } }])
  const end = await give(1200n, [
    { values: { calls: 8 }, ended: true },
    { resource: 'b', values: { calls: 1 }, ended: true },
  ])
  assert.equal(end, ['a calls=3 1100-1200'])
  assert.equal(
    await give(1300n, [{ values: { calls: 9 } }]),
    ['a calls=1 1200-1300'],
    'a series that comes again goes on where it was',
  )
})
s('remembers a series that is away', async () => {
  const { give, read } = open()
  await give(1100n, [{ values: { calls: 5 } }, { resource: 'b', values: { calls: 1 } }])
  await give(1200n, [{ values: { calls: 6 } }])
  await give(1300n, [{ values: { calls: 7 } }])
  assert.is((await read())['cumulativetodelta_streams_tracked{processor=x}'], 2)
  assert.equal(await give(1400n, [{ resource: 'b', values: { calls: 4 } }]), ['b calls=3 1100-1400'])
})
s('forgets it after max_staleness, and then sends nothing twice', async () => {
  const { give, read } = open({ max_staleness: '1us' })
  await give(1100n, [{ values: { calls: 5 } }, { resource: 'b', values: { calls: 1 } }])
  await give(2200n, [{ values: { calls: 6 } }])
  assert.is((await read())['cumulativetodelta_streams_tracked{processor=x}'], 1)
  assert.equal(await give(2300n, [{ resource: 'b', values: { calls: 4 } }]), [])
  assert.equal(await give(2400n, [{ resource: 'b', values: { calls: 6 } }]), ['b calls=2 2300-2400'])
  assert.equal(
    await give(2500n, [{ resource: 'c', start: 2450n, values: { calls: 9 } }]),
    ['c calls=9 2450-2500'],
    'what began later is new',
  )
})
for (const [initial_value, old, fresh, instant] of [
  ['auto', [], ['a calls=5 1000-1100'], []],
  ['keep', ['a calls=5 999-1100'], ['a calls=5 1000-1100'], ['a calls=5 1100-1100']],
  ['drop', [], [], []],
] as const)
  s(`sends first values by initial_value ${initial_value}, and counts the others`, async () => {
    for (const [start, want] of [
      [999n, old],
      [1000n, fresh],
      [1100n, instant],
    ] as const) {
      const { give, read } = open({ initial_value })
      assert.equal(await give(1100n, [{ start, values: { calls: 5 } }]), want)
      const name = 'cumulativetodelta_datapoints_dropped{metric_type=sum,processor=x,reason=initial}'
      assert.is((await read())[name], want.length === 0 ? 1 : undefined)
      assert.equal(await give(1200n, [{ start, values: { calls: 6 } }]), ['a calls=1 1100-1200'])
    }
  })
s('follows a source that began anew, also with an earlier clock', async () => {
  const { give } = open()
  await give(1100n, [{ values: { calls: 5 } }], { epoch: 1 })
  assert.equal(await give(500n, [{ start: 450n, values: { calls: 2 } }], { epoch: 2 }), ['a calls=2 450-500'])
})
s('leaves alone what is chosen by nobody, falls or is a delta', async () => {
  const { give, next } = open({ include: { metrics: ['calls'], match_type: 'strict' } })
  const row: Row[] = [{ values: { calls: 5, time: 3, level: { gauge: 1 } } }]
  await give(1100n, row)
  assert.equal(await give(1200n, row), ['a calls=0 1100-1200', 'a level=1 1000-1200', 'a time=3 1000-1200'])
  const delta = metricsBatch(row, { temporality: 'delta' })
  await open().processor.consume(delta, never)
  const all = open()
  await all.processor.consume(delta, never)
  assert.equal(all.next.batches[0], delta)
  assert.is(next.batches.at(-1)!.tables.length, 2)
})
const CHOICES: readonly (readonly [given: object, want: string])[] = [
  [{}, 'calls duration time'],
  [{ include: { metrics: ['IM'], match_type: 'regexp' } }, ''],
  [{ include: { metrics: ['im', '^c'], match_type: 'regexp' } }, 'calls time'],
  [{ include: { metrics: ['tim'], match_type: 'strict' } }, ''],
  [{ include: { metric_types: ['Sum'] } }, 'calls time'],
  [{ include: { metric_types: ['histogram'] } }, ''],
  [{ exclude: { metric_types: ['sum'] } }, 'duration'],
  [{ exclude: { metrics: ['calls'], match_type: 'strict' } }, 'duration time'],
  [
    {
      include: { metrics: ['.*'], match_type: 'regexp', metric_types: ['sum'] },
      exclude: { metrics: ['time'], match_type: 'strict' },
    },
    'calls',
  ],
]
for (const [given, want] of CHOICES)
  s(`chooses by ${JSON.stringify(given)}`, async () => {
    const { processor, next } = open(given)
    const values = { calls: 1, time: 2, duration: { buckets: { 1: 1 }, sum: 1 } }
    await processor.consume(metricsBatch([{ values }]), never)
    const metrics = next.batches[0]!.tables.flatMap(table => table.metrics)
    const deltas = metrics.filter(metric => metric.type !== 'gauge' && metric.temporality === 'delta')
    assert.is(
      deltas
        .map(({ name }) => name)
        .sort()
        .join(' '),
      want,
    )
  })
s('goes on over a change of the configuration', async () => {
  const { give, processor } = open()
  await give(1100n, [{ values: { calls: 5 } }])
  assert.is(await processor.update(config.parse({ initial_value: 'drop' })), true)
  assert.equal(await give(1200n, [{ values: { calls: 7 } }]), ['a calls=2 1100-1200'])
})
s(
  'loses nothing of what stays chosen when another metric is chosen, and remembers nothing twice',
  async () => {
    const { give, processor, read } = open()
    const row = (calls: number, time: number): Row[] => [{ values: { calls, time } }]
    await give(1100n, row(5, 3))
    await processor.update(config.parse({ exclude: { metrics: ['time'], match_type: 'strict' } }))
    assert.equal(await give(1200n, row(7, 4)), ['a calls=2 1100-1200', 'a time=4 1000-1200'])
    await processor.update(config.parse({}))
    assert.equal(await give(1300n, row(8, 6)), ['a calls=1 1200-1300', 'a time=2 1200-1300'])
    const metrics = await read()
    assert.is(metrics['cumulativetodelta_streams_tracked{processor=x}'], 1)
    assert.is(
      metrics['cumulativetodelta_datapoints_dropped{metric_type=sum,processor=x,reason=initial}'],
      undefined,
    )
  },
)
s('takes a metric that comes later for new, if nothing of that name has come', async () => {
  const { give } = open()
  await give(1100n, [{ values: { calls: 5 } }])
  const later: Row[] = [{ start: 1050n, values: { time: 9 } }]
  assert.equal(await give(1200n, later), ['a time=9 1050-1200'])
  const both: Row[] = [{ start: 1050n, values: { calls: 6, time: 9 } }]
  assert.equal(await give(1300n, both), [], 'it may have been sent in the other tables')
})
s('takes a metric that is chosen later for no new one: it has been sent as a total', async () => {
  const { give, processor } = open({ include: { metrics: ['calls'], match_type: 'strict' } })
  assert.equal(await give(1100n, [{ values: { time: 5 } }]), ['a time=5 1000-1100'])
  await processor.update(config.parse({}))
  assert.equal(await give(1200n, [{ values: { time: 6 } }]), [])
  assert.equal(await give(1300n, [{ values: { time: 8 } }]), ['a time=2 1200-1300'])
})
s('has deltas that come to the totals, over random births, absences, ends and restarts', async () => {
  const { give, next } = open({ max_staleness: '0' })
  const random = seeded(7)
  const below = (n: number) => Math.floor(random() * n)
  const series = Array.from({ length: 40 }, (_, i) => ({ i, total: 0, start: 0n }))
  /** The last total that was given, by series and start. */
  const given = new Map<string, number>()
  for (let step = 1; step <= 200; step++) {
    const time = BEGAN + BigInt(100 * step)
    const rows: Row[] = []
    for (const one of series) {
      if (one.start === 0n || below(20) === 0) Object.assign(one, { total: 0, start: time - 50n })
      one.total += below(5)
      if (below(4) === 0) continue
      given.set(`${one.i} ${one.start}`, one.total)
      rows.push({
        resource: `r${one.i % 7}`,
        attributes: { i: one.i },
        start: one.start,
        values: { calls: one.total, duration: { buckets: { [one.i % 3]: one.total + 1 }, sum: one.total } },
        ended: below(10) === 0,
      })
    }
    await give(time, rows)
  }
  const sums = { calls: 0, duration: 0 }
  for (const { metric, value } of next.batches.flatMap(toPoints))
    sums[metric as 'calls'] += Number(typeof value === 'object' ? value.count : value)
  const total = [...given.values()].reduce((sum, one) => sum + one, 0)
  assert.ok(given.size > 300)
  assert.equal(sums, { calls: total, duration: total + given.size })
})
s.run()

const wrong = suite('a wrong configuration')
const ROWS: readonly (readonly [given: object, fault: string])[] = [
  [{ include: { metrics: ['a'] } }, 'include::match_type: must be set where metrics are: strict or regexp'],
  [{ exclude: { match_type: 'strict' } }, 'exclude::metrics: must be set where match_type is'],
  [
    { include: { metrics: ['('], match_type: 'regexp' } },
    'include::metrics::0: must be a regular expression (RE2), got "(" (string): ',
  ],
  [{ include: { metric_types: ['gauge'] } }, 'include::metric_types::0: '],
  [{ initial_value: 'first' }, 'initial_value: '],
]
for (const [given, fault] of ROWS)
  wrong(JSON.stringify(given), () => {
    const [issue] = config.safeParse(given).error!.issues
    assert.ok(`${issue!.path.join('::')}: ${issue!.message}`.startsWith(fault), issue!.message)
  })
wrong.run()
