import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createPushTelemetry, observeQueue } from '../../../exporters/shared/telemetry.ts'
import { recordingMeter } from '../../kit/context.ts'

const push = suite('createPushTelemetry')
push("counts by the Collector's names, and times attempts by outcome", async () => {
  const { meter, read } = recordingMeter()
  const telemetry = createPushTelemetry(meter, 'otlp/a', 'metrics')
  telemetry.sent(5)
  telemetry.sendFailed(3)
  telemetry.enqueueFailed(2)
  telemetry.rejected(1)
  telemetry.attempted(0.5, 'OK')
  telemetry.attempted(0.1, 'UNAVAILABLE')
  assert.equal(await read(), {
    'exporter_sent_metric_points{exporter=otlp/a}': 5,
    'exporter_send_failed_metric_points{exporter=otlp/a}': 3,
    'exporter_enqueue_failed_metric_points{exporter=otlp/a}': 2,
    'exporter_rejected_metric_points{exporter=otlp/a}': 1,
    'exporter_send_duration{data_type=metrics,exporter=otlp/a,outcome=OK}': 1,
    'exporter_send_duration{data_type=metrics,exporter=otlp/a,outcome=UNAVAILABLE}': 1,
  })
})
push('counts records and spans by their own names', async () => {
  const { meter, read } = recordingMeter()
  const logs = createPushTelemetry(meter, 'otlp', 'logs')
  const traces = createPushTelemetry(meter, 'otlp', 'traces')
  logs.sent(1)
  logs.rejected(2)
  traces.sendFailed(3)
  traces.enqueueFailed(4)
  assert.equal(await read(), {
    'exporter_sent_log_records{exporter=otlp}': 1,
    'exporter_rejected_log_records{exporter=otlp}': 2,
    'exporter_send_failed_spans{exporter=otlp}': 3,
    'exporter_enqueue_failed_spans{exporter=otlp}': 4,
  })
})
push.run()

const observed = suite('observeQueue')
observed('shows size, capacity, memory and what is being sent until it is stopped', async () => {
  const { meter, read } = recordingMeter()
  const queue = { size: 3, capacity: 10, bytes: 4_096, inFlight: 2 }
  const stop = observeQueue(meter, { exporter: 'otlp', data_type: 'logs' }, queue)
  assert.equal(await read(), {
    'exporter_queue_size{data_type=logs,exporter=otlp}': 3,
    'exporter_queue_capacity{data_type=logs,exporter=otlp}': 10,
    'exporter_queue_memory{data_type=logs,exporter=otlp}': 4_096,
    'exporter_in_flight_requests{data_type=logs,exporter=otlp}': 2,
  })
  queue.size = 4
  assert.is((await read())['exporter_queue_size{data_type=logs,exporter=otlp}'], 4)
  stop()
  queue.size = 5
  assert.is(
    (await read())['exporter_queue_size{data_type=logs,exporter=otlp}'],
    4,
    'nobody reads it any more',
  )
})
observed.run()
