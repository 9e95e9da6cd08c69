import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  createExporterCounters,
  createFanoutCounter,
  createProcessorCounters,
  createRejectedCounter,
} from '../../pipeline/item-counters.ts'
import { LossTally } from '../../pipeline/loss-tally.ts'
import { nopMeter, recordingMeter } from '../kit/context.ts'

const s = suite('LossTally')

s('sums up what exporters and fan-outs lose, by who and counter, and passes it on', async () => {
  const { meter, read } = recordingMeter()
  const tally = new LossTally()
  const watched = tally.watch(meter)
  const metrics = createExporterCounters(watched, 'otlp_grpc', 'metrics')
  metrics.sendFailed(3)
  metrics.sendFailed(4)
  metrics.enqueueFailed(5)
  metrics.sent(100)
  createExporterCounters(watched, 'otlp_grpc/b', 'logs').sendFailed(7)
  createRejectedCounter(watched, 'otlp_grpc', 'traces')(11)
  createFanoutCounter(watched, 'metrics')('exporters::file', 13)
  createProcessorCounters(watched, { processor: 'p', pipeline: 'metrics', signal: 'metrics' }).outgoing(17)
  assert.equal(tally.losses(), {
    otlp_grpc: {
      exporter_send_failed_metric_points: 7,
      exporter_enqueue_failed_metric_points: 5,
      exporter_rejected_spans: 11,
    },
    'otlp_grpc/b': { exporter_send_failed_log_records: 7 },
    'exporters::file': { fanout_dropped_metric_points: 13 },
  })
  assert.is(tally.items, 43)
  const values = await read()
  assert.is(values['exporter_send_failed_metric_points{exporter=otlp_grpc}'], 7)
  assert.is(values['exporter_sent_metric_points{exporter=otlp_grpc}'], 100)
})

s('forgets what was before the stop', () => {
  const tally = new LossTally()
  const { sendFailed } = createExporterCounters(tally.watch(nopMeter), 'file', 'metrics')
  sendFailed(3)
  tally.reset()
  assert.is(tally.items, 0)
  assert.equal(tally.losses(), {})
  sendFailed(2)
  assert.is(tally.items, 2)
})

s('leaves all other instruments as they are', async () => {
  const { meter, read } = recordingMeter()
  const watched = new LossTally().watch(meter)
  watched.createHistogram('h').record(1)
  watched.createObservableGauge('g').addCallback(result => result.observe(5))
  watched.createUpDownCounter('u').add(2)
  assert.equal(await read(), { h: 1, g: 5, u: 2 })
})
s.run()
