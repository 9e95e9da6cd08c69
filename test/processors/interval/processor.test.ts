import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Consumer } from '../../../pipeline/component.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { Reaggregator } from '../../../pipeline/data/reaggregator.ts'
import { config } from '../../../processors/interval/config.ts'
import { Interval } from '../../../processors/interval/processor.ts'
import { fakeClock } from '../../kit/clock.ts'
import { failing, held, settled, sink } from '../../kit/consumers.ts'
import { createContext, never, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { metricsBatch, type Point, type Row, toPoints } from '../../kit/metrics.ts'

async function open<N extends Consumer<'metrics'>>(next: N, given: object = {}) {
  const clock = fakeClock()
  const log = recordingLogger()
  const { meter, read } = recordingMeter()
  const context = createContext(config.parse({ interval: '10s', ...given }), { id: 'interval', log, meter })
  const processor = new Interval(context, next, clock)
  await processor.start()
  const give = (time: bigint, rows: readonly Row[], options = {}) =>
    processor.consume(metricsBatch(rows, { time, ...options }), never)
  return { processor, clock, log, read, next, give }
}

const short = ({ metric, resource, attributes, time, value, ended }: Point) =>
  `${resource}${Object.values(attributes).join()} ${metric}=${typeof value === 'object' ? value.count : value}@${time}${ended ? ' ended' : ''}`
const shown = (batches: readonly MetricsBatch[]) => batches.map(batch => toPoints(batch).map(short).sort())

const s = suite('interval')
s('sends the latest value of each series, with its own time, and forgets it', async () => {
  const { clock, next, give } = await open(sink())
  await give(1n, [{ values: { calls: 1 } }, { resource: 'b', values: { calls: 5 } }])
  await give(2n, [{ values: { calls: 2 } }])
  await give(3n, [{ values: { calls: 3 } }, { attributes: { x: 'y' }, values: { calls: 9 } }])
  assert.equal(next.batches, [])
  await clock.advance(10_000)
  assert.equal(shown(next.batches), [['a calls=3@3', 'ay calls=9@3', 'b calls=5@1']])
  await clock.advance(20_000)
  assert.is(next.batches.length, 1, 'nothing came, and nothing is sent')
})
s(
  'keeps the later of two values that come in another order, and the first of two of the same time',
  async () => {
    const { clock, next, give } = await open(sink())
    await give(5n, [{ values: { calls: 5 } }])
    await give(4n, [{ values: { calls: 4 } }, { resource: 'b', values: { calls: 1 } }])
    await give(5n, [{ values: { calls: 6 } }])
    await clock.advance(10_000)
    assert.equal(shown(next.batches), [['a calls=5@5', 'b calls=1@4']])
  },
)
s('takes what has begun anew for newer, whatever its clock says', async () => {
  const { clock, next, give } = await open(sink())
  await give(5n, [{ values: { calls: 5 } }], { epoch: 1 })
  await give(4n, [{ values: { calls: 1 } }], { epoch: 2 })
  await clock.advance(10_000)
  assert.equal(shown(next.batches), [['a calls=1@4']])
})
s('sends ends too', async () => {
  const { clock, next, give } = await open(sink())
  await give(1n, [
    { values: { calls: 1 }, ended: true },
    { resource: 'b', values: { calls: 5 } },
  ])
  await give(2n, [{ resource: 'b', values: { calls: 6 } }])
  await clock.advance(10_000)
  assert.equal(shown(next.batches), [['a calls=1@2 ended', 'b calls=6@2']])
})
s('sends ends beside what goes on, so that a sum of both goes on', async () => {
  const { clock, next, give } = await open(sink())
  const row = (x: string, calls: number, ended = false): Row => ({
    attributes: { x },
    values: { calls },
    ended,
  })
  await give(1n, [row('p', 60), row('q', 40), row('r', 7)])
  await clock.advance(10_000)
  await give(2n, [row('p', 62), row('q', 45, true), row('r', 8)])
  await give(3n, [row('p', 70), row('r', 9, true)])
  await give(4n, [row('p', 71)])
  await clock.advance(10_000)
  const reaggregator = new Reaggregator()
  const sums = next.batches.flatMap(({ resources, tables }) => ({
    resources,
    tables: tables.map(table => reaggregator.process({ ...table, attributes: [] }, resources)),
  }))
  assert.equal(shown(sums), [['a calls=107@1'], ['a calls=125@4']])
})
s('keeps ends of before a new beginning apart', async () => {
  const { clock, next, give } = await open(sink())
  await give(5n, [{ values: { calls: 5 }, ended: true }], { epoch: 1 })
  await give(6n, [{ resource: 'b', values: { calls: 1 } }], { epoch: 2 })
  await clock.advance(10_000)
  assert.equal(shown(next.batches), [['a calls=5@5 ended', 'b calls=1@6']])
  assert.equal(
    next.batches[0]!.tables.map(({ epoch }) => epoch),
    [1, 2],
  )
})
s('lets deltas, and with pass_through gauges, go on as they come', async () => {
  const rows: readonly Row[] = [{ values: { level: { gauge: 7 }, calls: 1 } }]
  const passing = await open(sink(), { pass_through: { gauge: true, summary: true } })
  await passing.give(1n, rows)
  await passing.clock.advance(10_000)
  assert.equal(shown(passing.next.batches), [['a level=7@1'], ['a calls=1@1']])
  const holding = await open(sink())
  await holding.give(1n, rows)
  await holding.give(2n, rows, { temporality: 'delta' })
  assert.equal(shown(holding.next.batches), [['a calls=1@2']])
  await holding.clock.advance(10_000)
  assert.equal(shown(holding.next.batches).at(-1), ['a calls=1@1', 'a level=7@2'])
})
s('holds histograms', async () => {
  const { clock, next, give } = await open(sink())
  for (const [time, count] of [
    [1n, 3],
    [2n, 4],
  ] as const)
    await give(time, [{ values: { duration: { buckets: { 2: count }, sum: 1 } } }])
  await clock.advance(10_000)
  assert.equal(shown(next.batches), [['a duration=4@2']])
})
s('names a resource as the newest batch does', async () => {
  const { clock, next, processor } = await open(sink())
  const of = (time: bigint, name: string, rows: readonly string[]) =>
    metricsBatch(
      rows.map(x => ({
        resource: { id: 'a', attributes: { name } },
        attributes: { x },
        values: { calls: 1 },
      })),
      { time },
    )
  await processor.consume(of(1n, 'old', ['p', 'q']), never)
  await processor.consume(of(2n, 'new', ['p']), never)
  await clock.advance(10_000)
  assert.equal(
    next.batches[0]!.resources.map(({ attributes }) => attributes.name),
    ['new'],
  )
})
s('sends what it holds when it is shut down, once', async () => {
  const { processor, clock, next, give } = await open(sink())
  await give(1n, [{ values: { calls: 1 } }])
  await processor.shutdown(never)
  await processor.shutdown(never)
  assert.equal(shown(next.batches), [['a calls=1@1']])
  assert.is(clock.pending(), 0)
})
s('counts what the next component does not take, and goes on', async () => {
  const { clock, log, read, give } = await open(failing())
  await give(1n, [{ values: { calls: 1, time: 2 } }])
  await clock.advance(10_000)
  assert.equal(
    log.lines.map(({ level, fields }) => [level, fields.points]),
    [['error', 2]],
  )
  assert.is((await read())['processor_interval_failed_points{processor=interval}'], 2)
})
s('waits for the last interval to be taken, and holds what comes meanwhile', async () => {
  const { clock, next, give, processor } = await open(held())
  await give(1n, [{ values: { calls: 1 } }])
  await clock.advance(10_000)
  await give(2n, [{ values: { calls: 2 } }])
  await clock.advance(30_000)
  assert.is(next.waiting.length, 1)
  next.release()
  await settled()
  const ended = processor.shutdown(never)
  await settled()
  assert.equal(shown(next.waiting), [['a calls=2@2']])
  next.release()
  await ended
})
s('goes by another interval from when it is told', async () => {
  const { clock, next, give, processor } = await open(sink())
  await give(1n, [{ values: { calls: 1 } }])
  await processor.update(config.parse({ interval: '1s' }))
  await clock.advance(1000)
  assert.is(next.batches.length, 1)
})
s('must have an interval', () => {
  const { issues } = config.safeParse({ interval: '0s' }).error!
  assert.equal(
    issues.map(({ message }) => message),
    ['must be greater than zero, got 0s; "60s" is usual'],
  )
  assert.equal(config.parse({}), { interval: 60_000, pass_through: { gauge: false, summary: false } })
})
s.run()
