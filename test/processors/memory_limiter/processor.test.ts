import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { countPoints, countRows } from '../../../pipeline/data/items.ts'
import { Services } from '../../../pipeline/services.ts'
import { config } from '../../../processors/memory_limiter/config.ts'
import { MemoryMonitor } from '../../../processors/memory_limiter/monitor.ts'
import { MemoryLimiter } from '../../../processors/memory_limiter/processor.ts'
import { fakeClock } from '../../kit/clock.ts'
import { failing, sink } from '../../kit/consumers.ts'
import { createContext, never, recordingHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { logsOf } from '../../kit/log-batch.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'

const POINTS = metricsBatch([
  { values: { calls: 1, time: 2 } },
  { attributes: { a: 1 }, values: { calls: 3 } },
])
const RECORDS = logsOf([{ text: 'a' }, { text: 'b' }, { text: 'c' }])

/** Limiters of metrics and of logs in one process, whose memory is what the test says. */
async function open(next = { metrics: sink(), logs: sink<'logs'>() }) {
  const clock = fakeClock()
  const memory = { bytes: 0, measured: 0, measure: () => memory.bytes, async collectGarbage() {} }
  const services = new Services()
  const host = recordingHost(services)
  const log = recordingLogger()
  const { meter, read } = recordingMeter()
  let monitors = 0
  const openMonitor = () => {
    monitors++
    const settings = config.parse({ check_interval: '1s', limit_mib: 1 })
    return new MemoryMonitor(settings, { softBytes: 800, hardBytes: 1000 }, { clock, memory })
  }
  const context = createContext(config.parse({ check_interval: '1s', limit_mib: 1 }), {
    id: 'memory_limiter',
    log,
    meter,
  })
  const metrics = new MemoryLimiter<'metrics'>(context, next.metrics, {
    signal: 'metrics',
    count: countPoints,
    open: openMonitor,
  })
  const logs = new MemoryLimiter<'logs'>(context, next.logs, {
    signal: 'logs',
    count: countRows,
    open: openMonitor,
  })
  await metrics.start(host)
  await logs.start(host)
  return { clock, memory, host, log, read, next, metrics, logs, monitors: () => monitors }
}

const counts = (metrics: Record<string, number>) =>
  Object.fromEntries(
    Object.entries(metrics)
      .filter(([name]) => /accepted|refused/.test(name))
      .map(([name, value]) => [name.replace('processor_memory_limiter_', '').replace(/\{.*/, ''), value]),
  )

const s = suite('memory_limiter')
s('passes data on while there is memory, and counts it, whatever the next component says', async () => {
  const { metrics, logs, next, read } = await open()
  await metrics.consume(POINTS, never)
  await logs.consume(RECORDS, never)
  assert.equal([next.metrics.batches, next.logs.batches], [[POINTS], [RECORDS]])
  assert.is(metrics.refusal(), undefined)
  assert.equal(counts(await read()), {
    accepted_metric_points: 4,
    refused_metric_points: 0,
    accepted_log_records: 3,
    refused_log_records: 0,
  })
  const failed = await open({ metrics: { ...sink(), ...failing() }, logs: sink<'logs'>() })
  await rejects(failed.metrics.consume(POINTS, never), 'PIPE_DOWNSTREAM_UNAVAILABLE')
  assert.is(counts(await failed.read()).accepted_metric_points, 4)
})
s('refuses above the soft limit, to be tried again, and counts by signal', async () => {
  const { metrics, logs, memory, next, read } = await open()
  memory.bytes = 800
  await rejects(metrics.consume(POINTS, never), 'PIPE_DOWNSTREAM_UNAVAILABLE')
  await rejects(logs.consume(RECORDS, never), 'PIPE_DOWNSTREAM_UNAVAILABLE')
  const refusal = metrics.refusal()!
  assert.match(refusal.error.message, /^data refused due to high memory usage: /)
  refusal.count(100)
  assert.equal([next.metrics.batches, next.logs.batches], [[], []])
  assert.equal(counts(await read()), { refused_metric_points: 104, refused_log_records: 3 })
  memory.bytes = 0
  await metrics.consume(POINTS, never)
  assert.is(next.metrics.batches.length, 1)
})
s('reports once that data is refused, and once that it is taken again', async () => {
  const { clock, memory, host } = await open()
  memory.bytes = 900
  await clock.advance(3000)
  memory.bytes = 0
  await clock.advance(3000)
  // Once for each of the two pipelines.
  assert.equal(
    host.reports.map(({ status }) => status),
    ['recoverable', 'recoverable', 'ok', 'ok'],
  )
  assert.match(host.reports[0]!.cause!.message, /^data refused due to high memory usage: /)
})
s('measures once for all pipelines, and tells how much is used and what the limit is', async () => {
  const { clock, memory, read, monitors, metrics, logs } = await open()
  memory.bytes = 321
  await clock.advance(1000)
  const all = await read()
  assert.is(monitors(), 1)
  assert.is(all['processor_memory_limiter_used_bytes{processor=memory_limiter}'], 321)
  assert.is(all['processor_memory_limiter_soft_limit_bytes{processor=memory_limiter}'], 800)
  await metrics.shutdown(never)
  assert.is(clock.pending(), 1)
  await logs.shutdown(never)
  assert.is(clock.pending(), 0)
})
s('says at the start what its limits are', async () => {
  const { log } = await open()
  const { message, fields } = log.lines[0]!
  assert.is(message, 'Memory limiter configured')
  assert.equal(Object.keys(fields), ['limit_mib', 'spike_limit_mib'])
})
s.run()
