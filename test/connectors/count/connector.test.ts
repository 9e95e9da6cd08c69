import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../connectors/count/config.ts'
import { createCount } from '../../../connectors/count/connector.ts'
import { factory } from '../../../connectors/count/factory.ts'
import type { Consumer, Signal } from '../../../pipeline/component.ts'
import type { Batches } from '../../../pipeline/data/batches.ts'
import type { MetricsBatch, SumColumn } from '../../../pipeline/data/metrics.ts'
import { fakeClock } from '../../kit/clock.ts'
import { failing, held, settled, sink } from '../../kit/consumers.ts'
import { createContext, never, nopHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { checkLifecycle } from '../../kit/lifecycle.ts'
import { type EventRow, logsOf, spansOf } from '../../kit/log-batch.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'

const EVENTS: readonly EventRow[] = [
  { resource: 'shop', text: 'a', attributes: { name: 'read', pid: 7n, comm: 'sh' }, severity: 9 },
  { resource: 'shop', text: 'b', attributes: { name: 'read', pid: 8n, comm: 'sh' }, severity: 17 },
  { resource: 'dns', text: 'c', attributes: { name: 'futex', pid: 7n, comm: 'go' }, severity: 17 },
  { resource: 'dns', text: 'd' },
]

/** A started connector with this configuration, and what it has told. */
function counting(given: object, next: Consumer<'metrics'> = sink()) {
  const clock = fakeClock()
  const { meter, read } = recordingMeter()
  const log = recordingLogger()
  const part = createCount(
    createContext(config.parse(given), { id: 'count', meter, log }),
    { metrics: next },
    clock,
  )
  const give = <S extends Signal>(signal: S, batch: Batches[S]) =>
    (part.consumers![signal] as Consumer<S>).consume(batch, never)
  return { part, clock, read, log, give }
}

/** One line for each point: `metric{attributes} resource = value`, with `ended` behind a series that has. */
function lines({ tables, resources }: MetricsBatch): string[] {
  return tables
    .flatMap(table =>
      table.metrics.flatMap(metric =>
        Array.from({ length: table.rows }, (_, row) => {
          const labels = table.attributes.flatMap(({ key, values, codes }) => {
            const value = values[codes[row]!]
            return value === undefined ? [] : [`${key}=${value}`]
          })
          const end = table.ended?.[row] ? ' ended' : ''
          return `${metric.name}{${labels}} ${resources[table.resource[row]!]!.id} = ${(metric as SumColumn).values[row]}${end}`
        }),
      ),
    )
    .sort()
}

/** What one batch comes to, by a connector that sends deltas. */
async function deltas<S extends Signal>(given: object, signal: S, batch: Batches[S]) {
  const next = sink()
  await counting({ ...given, aggregation_temporality: 'delta' }, next).give(signal, batch)
  return next.batches.flatMap(lines)
}

const s = suite('count')
s('keeps the promises of a component', () => checkLifecycle(factory, {}))
s('counts all log records of each resource, if nothing is configured', async () => {
  assert.equal(await deltas({}, 'logs', logsOf(EVENTS)), [
    'log.record.count{} dns = 2',
    'log.record.count{} shop = 2',
  ])
})
s('counts all spans', async () => {
  assert.equal(await deltas({}, 'traces', spansOf(EVENTS)), [
    'trace.span.count{} dns = 2',
    'trace.span.count{} shop = 2',
  ])
})
s('counts metrics, and points, of which an empty histogram is none', async () => {
  const batch = metricsBatch([
    { resource: 'a', values: { calls: 1, level: { gauge: 2 }, time: { sum: 1, buckets: { 0: 1 } } } },
    {
      resource: 'a',
      attributes: { n: 1 },
      values: { calls: 1, level: { gauge: 2 }, time: { sum: 0, buckets: {} } },
    },
    { resource: 'b', values: { calls: 1, level: { gauge: 2 }, time: { sum: 0, buckets: {} } } },
  ])
  assert.equal(await deltas({}, 'metrics', batch), [
    'metric.count{} a = 3',
    'metric.count{} b = 2',
    'metric.datapoint.count{} a = 5',
    'metric.datapoint.count{} b = 2',
  ])
})
s('counts for which one of the conditions is true', async () => {
  const conditions = ['log.severity_number >= SEVERITY_NUMBER_ERROR', 'attributes["pid"] == 7']
  assert.equal(await deltas({ logs: { odd: { conditions } } }, 'logs', logsOf(EVENTS)), [
    'odd{} dns = 1',
    'odd{} shop = 2',
  ])
})
s('counts metrics and points by conditions about both', async () => {
  const batch = metricsBatch([
    { resource: 'a', attributes: { n: 1 }, values: { calls: 10, time: 1 } },
    { resource: 'a', attributes: { n: 2 }, values: { calls: 1, time: 20 } },
  ])
  const given = {
    metrics: { named: { conditions: ['metric.name == "time"'] } },
    datapoints: { big: { conditions: ['datapoint.value_int > 5 and metric.name == "calls"'] } },
  }
  assert.equal(await deltas(given, 'metrics', batch), ['big{} a = 1', 'named{} a = 1'])
})
s(
  'makes a series for each set of attributes, of the record or of its resource, whatever their column',
  async () => {
    const attributes = [{ key: 'name' }, { key: 'k8s.namespace.name' }, { key: 'comm' }]
    assert.equal(await deltas({ logs: { n: { attributes } } }, 'logs', logsOf(EVENTS)), [
      'n{name=futex,k8s.namespace.name=dns,comm=go} dns = 1',
      'n{name=read,k8s.namespace.name=shop,comm=sh} shop = 2',
    ])
  },
)
s('counts what lacks an attribute by its default value alone', async () => {
  const by = (more: object) => ({ logs: { n: { attributes: [{ key: 'pid', ...more }] } } })
  const dns = (lines: string[]) => lines.filter(line => line.includes('dns'))
  assert.equal(dns(await deltas(by({}), 'logs', logsOf(EVENTS))), ['n{pid=7} dns = 1'])
  assert.equal(dns(await deltas(by({ default_value: 'none' }), 'logs', logsOf(EVENTS))), [
    'n{pid=7} dns = 1',
    'n{pid=none} dns = 1',
  ])
})
s('sends nothing for a batch of which nothing counts', async () => {
  const next = sink()
  const { give } = counting(
    { aggregation_temporality: 'delta', logs: { n: { conditions: ['body == "z"'] } } },
    next,
  )
  await give('logs', logsOf(EVENTS))
  assert.is(next.batches.length, 0)
})
s('tells deltas for the time from the first to the last item', async () => {
  const next = sink()
  await counting({ aggregation_temporality: 'delta' }, next).give('logs', logsOf(EVENTS))
  const [table] = next.batches[0]!.tables
  assert.is(table!.startTimeUnixNano[0], 1000n)
  assert.is(table!.timeUnixNano, 1003n)
  assert.is(table!.scope.name, 'swoll/connectors/count')
})
s('adds up over batches and signals, and tells all of it at each interval and at the end', async () => {
  const next = sink()
  const { part, clock, give } = counting({ logs: { n: {} }, spans: { n: {} } }, next)
  await part.start(nopHost(), never)
  await give('logs', logsOf(EVENTS.slice(0, 3)))
  assert.is(next.batches.length, 0)
  await clock.advance(10_000)
  await give('traces', spansOf(EVENTS.slice(0, 1)))
  await clock.advance(10_000)
  await give('logs', logsOf(EVENTS.slice(3)))
  await part.shutdown(never)
  assert.equal(next.batches.map(lines), [
    ['n{} dns = 1', 'n{} shop = 2'],
    ['n{} dns = 1', 'n{} shop = 3'],
    ['n{} dns = 2', 'n{} shop = 3'],
  ])
  const starts = next.batches.map(({ tables }) => tables[0]!.startTimeUnixNano[0])
  assert.equal(new Set(starts).size, 1)
  assert.is(clock.pending(), 0)
})
s('ends a series that has not grown for long, and makes room for it', async () => {
  const next = sink()
  const given = { metrics_expiration: '15s', aggregation_cardinality_limit: 1 }
  const { part, clock, give, read } = counting(given, next)
  await part.start(nopHost(), never)
  await give('logs', logsOf(EVENTS.slice(0, 1)))
  await give('logs', logsOf(EVENTS.slice(2)))
  await clock.advance(30_000)
  await give('logs', logsOf(EVENTS.slice(2)))
  await clock.advance(10_000)
  assert.equal(next.batches.map(lines), [
    ['log.record.count{} shop = 1'],
    ['log.record.count{} shop = 1 ended'],
    ['log.record.count{} dns = 2'],
  ])
  const own = await read()
  assert.is(own['connector_count_dropped_items{connector=count,reason=series_limit}'], 2)
  assert.is(own['connector_count_series{connector=count}'], 1)
  await part.shutdown(never)
})
s('begins a series anew that grows while its end is on its way', async () => {
  const next = held()
  const taken: MetricsBatch[] = []
  const { part, clock, give } = counting({ metrics_expiration: '15s' }, next)
  const pass = async () => {
    await settled()
    taken.push(next.waiting[0]!)
    next.release()
    await settled()
  }
  await part.start(nopHost(), never)
  await give('logs', logsOf(EVENTS))
  await clock.advance(10_000)
  await pass()
  await clock.advance(10_000)
  await give('logs', logsOf(EVENTS.slice(0, 1)))
  await pass()
  await clock.advance(10_000)
  await pass()
  assert.equal(taken.map(lines), [
    ['log.record.count{} dns = 2', 'log.record.count{} shop = 2'],
    ['log.record.count{} dns = 2 ended', 'log.record.count{} shop = 2 ended'],
    ['log.record.count{} shop = 1'],
  ])
  assert.is(taken[2]!.tables[0]!.startTimeUnixNano[0], taken[1]!.tables[0]!.timeUnixNano)
  const stopped = part.shutdown(never)
  await pass()
  await stopped
})
s('loses nothing when a batch of totals is refused, and says so once', async () => {
  const taken = sink()
  const refusing = failing()
  let isUp = false
  const next: Consumer<'metrics'> = {
    mutates: false,
    consume: (batch, abort) => (isUp ? taken : refusing).consume(batch, abort),
  }
  const { part, clock, give, log } = counting({ metrics_expiration: '5s' }, next)
  await part.start(nopHost(), never)
  await give('logs', logsOf(EVENTS))
  await clock.advance(20_000)
  isUp = true
  await clock.advance(10_000)
  assert.equal(taken.batches.map(lines), [
    ['log.record.count{} dns = 2 ended', 'log.record.count{} shop = 2 ended'],
  ])
  assert.is(log.lines.length, 1)
  await part.shutdown(never)
})
s('has one batch under way at most', async () => {
  const next = held()
  const { part, clock, give } = counting({}, next)
  await part.start(nopHost(), never)
  await give('logs', logsOf(EVENTS))
  await clock.advance(50_000)
  assert.is(next.waiting.length, 1)
  const stopped = part.shutdown(never)
  next.release()
  await settled()
  next.release()
  await stopped
})
s('refuses a batch of which a condition cannot be evaluated, and counts none of it', async () => {
  const next = sink()
  const given = { logs: { a: {}, b: { conditions: ['Len(attributes["none"]) > 1'] } } }
  const { part, give } = counting(given, next)
  await rejects(give('logs', logsOf(EVENTS)), 'PIPE_REJECTED')
  await part.shutdown(never)
  assert.equal(next.batches, [])
})
s('refuses it as deltas too', async () => {
  const given = { aggregation_temporality: 'delta', logs: { b: { conditions: ['Len(body) / 0 > 1'] } } }
  await rejects(counting(given).give('logs', logsOf(EVENTS)), 'PIPE_REJECTED')
})
s('refuses deltas that are not taken', async () => {
  const { give } = counting({ aggregation_temporality: 'delta' }, failing())
  await rejects(give('logs', logsOf(EVENTS)), 'PIPE_DOWNSTREAM_UNAVAILABLE')
})
s('has the default metrics of a section that is empty', () => {
  const { logs, spans } = config.parse({ logs: {}, spans: { own: {} } })
  assert.equal(Object.keys(logs), ['log.record.count'])
  assert.equal(Object.keys(spans), ['own'])
})
s.run()
