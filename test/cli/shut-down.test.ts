import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shutDown } from '../../cli/shut-down.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { createExporterCounters } from '../../pipeline/item-counters.ts'
import { LossTally } from '../../pipeline/loss-tally.ts'
import { fakeClock } from '../kit/clock.ts'
import { nopMeter, recordingLogger } from '../kit/context.ts'

/** Runs a shutdown; returns its log and result. `stop` may lose items. */
async function run(stop: (abort: AbortSignal, lose: (items: number) => void) => Promise<void>) {
  const clock = fakeClock()
  const log = recordingLogger()
  const losses = new LossTally()
  const { sendFailed } = createExporterCounters(losses.watch(nopMeter), 'otlp_grpc', 'metrics')
  sendFailed(1_000) // long ago
  const graph = { shutdown: (abort: AbortSignal) => stop(abort, sendFailed) }
  const result = shutDown({ graph, timeoutMs: 10_000, losses, log, clock })
  await clock.advance(9_999)
  await clock.advance(1)
  const isClean = await result
  return { isClean, lines: log.lines, timers: clock.pending() }
}

const s = suite('shutDown')
s('is clean when all stopped in time', async () => {
  const { isClean, lines, timers } = await run(async () => {})
  assert.is(isClean, true)
  assert.equal(lines, [{ level: 'info', fields: {}, message: 'Stopped' }])
  assert.is(timers, 0)
})
s('says in one line what could not be delivered, and is not clean', async () => {
  const { isClean, lines } = await run(async (_, lose) => {
    lose(11_000)
    lose(68)
  })
  assert.is(isClean, false)
  assert.equal(lines, [
    {
      level: 'error',
      fields: { lost_items: 11_068, otlp_grpc: { exporter_send_failed_metric_points: 11_068 } },
      message: 'Not everything could be delivered: the rest is lost',
    },
  ])
})
s('says that the deadline has passed', async () => {
  const { isClean, lines } = await run(
    abort => new Promise(resolve => abort.addEventListener('abort', () => resolve())),
  )
  assert.is(isClean, false)
  assert.equal(
    lines.map(line => line.message),
    ['service::shutdown_timeout: passed after 10s; what had not been delivered by then is lost'],
  )
})
s('says each thing that went wrong', async () => {
  const errors = ['a: no\u001b', 'b: no'].map(text => new SwollError('COMPONENT_STOP_FAILED', text))
  const { isClean, lines } = await run(() => Promise.reject(new AggregateError(errors)))
  assert.is(isClean, false)
  assert.equal(
    lines.map(line => line.message),
    ['a: no\\u001b', 'b: no'],
  )
})
s.run()
