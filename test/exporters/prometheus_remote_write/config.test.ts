import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../exporters/prometheus_remote_write/config.ts'

const s = suite('configuration of prometheus_remote_write')
const URL = 'http://mimir/api/v1/push'
const problems = (given: object) =>
  config.safeParse(given).error?.issues.map(({ path, message }) => `${path.join('::')}: ${message}`) ?? []

s('has the defaults of the Collector', () => {
  const given = config.parse({ endpoint: URL })
  const { enabled, initial_interval, max_interval, max_elapsed_time } = given.retry_on_failure
  assert.equal([enabled, initial_interval, max_interval, max_elapsed_time], [true, 50, 200, 60_000])
  const queue = given.remote_write_queue
  assert.equal([queue.enabled, queue.queue_size, queue.num_consumers], [true, 10_000, 5])
  assert.equal([given.timeout, given.max_batch_size_bytes], [5000, 3_000_000])
  assert.equal(
    [given.target_info.enabled, given.send_metadata, given.add_metric_suffixes],
    [true, false, true],
  )
  assert.is(given.protobuf_message, 'prometheus.WriteRequest')
})
s('takes what the Collector takes', () => {
  for (const given of [
    { endpoint: 'https://a.example.org/api/v1/push', headers: { 'X-Scope-OrgID': 'one' } },
    { endpoint: URL, compression: 'snappy', tls: { insecure_skip_verify: true } },
    { endpoint: URL, protobuf_message: 'io.prometheus.write.v2.Request', send_metadata: true },
    { endpoint: URL, resource_to_telemetry_conversion: { enabled: true }, disable_scope_info: true },
    { endpoint: URL, external_labels: { cluster: 'a', constructor: 'b' }, namespace: 'b' },
    { endpoint: URL, remote_write_queue: { enabled: false }, retry_on_failure: { max_elapsed_time: '0s' } },
  ])
    assert.equal(problems(given), [], JSON.stringify(given))
})
s('says what is wrong', () => {
  for (const [given, want] of [
    [
      { endpoint: 'mimir:9009' },
      ['endpoint: must be a URL that begins with http:// or https://, without user and fragment'],
    ],
    [
      { endpoint: URL, wal: { directory: '/tmp' } },
      ['wal: is not here: what waits is in memory, at most remote_write_queue::max_bytes; remove it'],
    ],
    [{ endpoint: URL, compression: 'gzip' }, ['compression: must be snappy, the one that remote write has']],
    [
      { endpoint: URL, external_labels: { pod: 'a' } },
      [
        'external_labels::pod: must not be the name of a resource label; choose another name or set resource_labels',
      ],
    ],
    [
      { endpoint: URL, external_labels: { instance: 'a' } },
      [
        'external_labels::instance: must not be job or instance, which come from the resource; choose another name',
      ],
    ],
  ] as const)
    assert.equal(problems(given), want, JSON.stringify(given))
})
s.run()
