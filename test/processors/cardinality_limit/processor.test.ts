import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyBatch } from '../../../pipeline/data/copy.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { config } from '../../../processors/cardinality_limit/config.ts'
import { factory } from '../../../processors/cardinality_limit/factory.ts'
import { CardinalityLimit } from '../../../processors/cardinality_limit/processor.ts'
import { fakeClock } from '../../kit/clock.ts'
import { failing, sink } from '../../kit/consumers.ts'
import { createContext, never, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { checkLifecycle } from '../../kit/lifecycle.ts'
import { metricsBatch, type Row, toPoints } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'

const settings = suite('config')
settings('has defaults for a node', () => {
  assert.equal(config.parse({}), {
    limit: 100_000,
    limit_per_resource: 2000,
    max_stale: 86_400_000,
    action: 'overflow',
  })
})
for (const [name, input, path, message] of [
  ['a limit of 0', { limit: 0 }, 'limit', />=1/],
  ['a fraction', { limit_per_resource: 1.5 }, 'limit_per_resource', /int/],
  ['a limit in text', { limit: '5' }, 'limit', /number/],
  ['a bare number of time', { max_stale: 5 }, 'max_stale', /duration such as "5s"/],
  ['no time at all', { max_stale: '0s' }, 'max_stale', /at least 1s/],
  ['another action', { action: 'refuse' }, 'action', /overflow/],
  ['an unknown key', { limits: 5 }, '', /limits/],
] as const)
  settings(`refuses ${name}`, () => {
    const issues = config.safeParse(input).error?.issues ?? []
    assert.is(issues.length, 1, JSON.stringify(issues))
    assert.is(issues[0]!.path.join('.'), path)
    assert.match(issues[0]!.message, message)
  })
settings.run()

function open(written: unknown) {
  const next = sink()
  const { meter, read } = recordingMeter()
  const log = recordingLogger()
  const context = createContext(config.parse(written), { id: 'cardinality_limit/x', meter, log })
  const clock = fakeClock()
  const processor = new CardinalityLimit(context, next, clock)
  const send = async (batch: MetricsBatch) => {
    const before = copyBatch(batch)
    await processor.consume(batch, never)
    assert.equal(batch, before, 'the batch is not written to')
    return next.batches.at(-1)!
  }
  const own = async () => {
    const values = Object.entries(await read())
    return Object.fromEntries(
      values.map(([name, value]) => [
        /^processor_cardinality_limit_(\w+)\{processor=cardinality_limit\/x\}$/.exec(name)?.[1],
        value,
      ]),
    )
  }
  return { processor, send, own, log, clock }
}
const rows = (...names: string[]): Row[] =>
  names.map(name => ({ attributes: { name }, values: { calls: 1, time: 2 } }))

const s = suite('cardinality_limit processor')

s('begins anew with a stream that does: of what was folded before nothing is left', async () => {
  const { send, own } = open({ limit: 1 })
  const limited = async (epoch: number, start: bigint, ...calls: number[]) => {
    const all = calls.map((n, i) => ({ attributes: { name: `${i}` }, values: { calls: n }, start }))
    const points = toPoints(await send(metricsBatch(all, { epoch, time: start + 10n })))
    return points.map(({ value, start }) => `${value} from ${start}`)
  }
  assert.equal(await limited(0, 1000n, 1, 2, 4), ['1 from 1000', '6 from 1000'])
  assert.equal(await limited(1, 50n, 8, 16, 32), ['8 from 50', '48 from 50'])
  assert.is((await own()).series, 3)
})

s('passes what is within the limits as it is', async () => {
  const { send } = open({})
  const batch = metricsBatch(rows('x', 'y'))
  const out = await send(batch)
  assert.is(out.tables[0], batch.tables[0])
  assert.is(out.resources, batch.resources)
})

s('limits each stream of tables for itself', async () => {
  const { send } = open({ limit: 1 })
  const one = metricsBatch(rows('x', 'y'))
  const other = metricsBatch(rows('x'), { scope: 'other' })
  const out = await send({ resources: one.resources, tables: [...one.tables, ...other.tables] })
  const values = out.tables.map(table => toPoints({ ...out, tables: [table] }).map(p => p.attributes))
  assert.equal(values, [
    [{ name: 'x' }, { name: 'x' }, { 'otel.metric.overflow': true }, { 'otel.metric.overflow': true }],
    [{ name: 'x' }, { name: 'x' }],
  ])
})

s('limits cumulative and delta metrics of one table apart', async () => {
  const { send } = open({ limit: 1 })
  const batchOf = () => {
    const [cumulative, delta] = (['cumulative', 'delta'] as const).map(temporality =>
      metricsBatch(rows('x', 'y'), { temporality }),
    )
    const metrics = [cumulative!.tables[0]!.metrics[0]!, delta!.tables[0]!.metrics[1]!]
    return { ...cumulative!, tables: [{ ...cumulative!.tables[0]!, metrics }] }
  }
  await send(batchOf())
  const points = toPoints(await send(batchOf()))
  assert.equal(
    points.map(({ metric, value }) => `${metric}=${value}`),
    ['calls=1', 'calls=1', 'time=2', 'time=2'],
  )
})

s('gives an overflow the resource as the batch has it, named late or not', async () => {
  const { send } = open({ limit_per_resource: 1 })
  const named = (attributes: Record<string, string>) =>
    metricsBatch(rows('x', 'y').map(row => ({ ...row, resource: { id: 'r', attributes } })))
  await send(named({}))
  const points = toPoints(await send(named({ 'k8s.pod.name': 'p' })))
  assert.is(points.at(-1)!.attributes['otel.metric.overflow'], true)
  assert.equal(points.at(-1)!.resourceAttributes, { 'k8s.pod.name': 'p' })
})

s('says where the overflow of all was seen, as a service of its own', async () => {
  const { send } = open({ limit: 1 })
  const origin = { 'host.name': 'node-a', 'service.instance.id': 'node-a' }
  const given = rows('x', 'y').map((row, i) => ({
    ...row,
    resource: { id: `r${i}`, attributes: { ...origin, 'service.name': `s${i}` }, origin },
  }))
  assert.equal(toPoints(await send(metricsBatch(given))).at(-1)!.resourceAttributes, {
    ...origin,
    'service.namespace': 'swoll',
    'service.name': 'overflow',
  })
})

s('counts series, points over the limit and series that expired', async () => {
  const { send, own, processor, clock } = open({ limit: 2, max_stale: '1s' })
  await send(metricsBatch(rows('x', 'y', 'z')))
  assert.equal(await own(), { capacity: 2, series: 3, overflowed_points: 2, expired_series: 0 })
  await clock.advance(999)
  await send(metricsBatch(rows('x', 'y', 'z'), { time: 86_400_000_000_000n })) // the wall clock was set
  assert.equal(await own(), { capacity: 2, series: 3, overflowed_points: 4, expired_series: 0 })
  await clock.advance(1)
  await send(metricsBatch(rows('x', 'y', 'z')))
  assert.equal(await own(), { capacity: 2, series: 3, overflowed_points: 6, expired_series: 2 })
  await processor.shutdown()
  assert.equal(await own(), { capacity: 2, series: 0, overflowed_points: 6, expired_series: 2 })
})

s('warns once when a limit is reached', async () => {
  const { send, log } = open({ limit: 1 })
  await send(metricsBatch(rows('x')))
  assert.is(log.lines.length, 0)
  for (let i = 0; i < 3; i++) await send(metricsBatch(rows('x', 'y')))
  assert.equal(
    log.lines.map(line => [line.level, line.fields.limit]),
    [['warn', 1]],
  )
})

s('goes by other limits while it runs: who was there goes on, and what is folded stays folded', async () => {
  const { send, processor } = open({ limit: 1, max_stale: '1h' })
  const calls = async (...names: string[]) =>
    toPoints(await send(metricsBatch(rows(...names))))
      .filter(({ metric }) => metric === 'calls')
      .map(({ attributes, value }) => `${attributes.name ?? '*'}=${value}`)
  assert.equal(await calls('x', 'y'), ['x=1', '*=1'])
  assert.is(await processor.update(config.parse({ limit: 3 })), true)
  assert.equal(await calls('x', 'y', 'z', 'v', 'w'), ['x=1', 'z=1', 'v=1', '*=2'])
  assert.is(await processor.update(config.parse({ limit: 1 })), true)
  assert.equal(await calls('x', 'y', 'z', 'v', 'u'), ['x=1', 'z=1', 'v=1', '*=3'])
  assert.is(await processor.update(config.parse({ action: 'drop' })), false)
})

s('keeps its totals when the next component refuses a batch', async () => {
  const context = createContext(config.parse({ limit: 1 }))
  const processor = new CardinalityLimit(context, failing('PIPE_REJECTED'))
  await rejects(processor.consume(metricsBatch(rows('x', 'y')), never), 'PIPE_REJECTED')
})

s('keeps the promises of a component', () => checkLifecycle(factory, {}))
s.run()
