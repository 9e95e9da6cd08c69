import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../exporters/otlp_grpc/config.ts'

const decoded = suite('otlp_grpc config')
decoded(
  'has the defaults of the Collector, but for one consumer, the bound on memory and classic_histograms',
  () => {
    const { endpoint, tls, sending_queue, ...rest } = config.parse({ endpoint: 'collector:4317' })
    assert.equal(endpoint, { address: 'collector:4317', scheme: undefined })
    assert.equal([tls.insecure, tls.min_version, tls.reload_interval], [false, '1.2', 0])
    assert.equal(sending_queue, {
      enabled: true,
      num_consumers: 1,
      queue_size: 1000,
      sizer: 'requests',
      block_on_overflow: false,
      wait_for_result: false,
      max_bytes: 64 * 2 ** 20,
    })
    assert.equal(rest, {
      compression: 'gzip',
      headers: {},
      balancer_name: 'round_robin',
      wait_for_ready: false,
      authority: '',
      user_agent: '',
      read_buffer_size: 0,
      write_buffer_size: 524_288,
      timeout: 5_000,
      classic_histograms: { enabled: false, lowest: 0.00025, highest: 16_000, every: 1 },
      retry_on_failure: {
        enabled: true,
        initial_interval: 5_000,
        randomization_factor: 0.5,
        multiplier: 1.5,
        max_interval: 30_000,
        max_elapsed_time: 300_000,
      },
    })
  },
)
for (const [text, address, scheme] of [
  ['http://localhost:4317', 'localhost:4317', 'http'],
  ['https://api.example.com:443', 'api.example.com:443', 'https'],
  ['https://api.example.com:443/', 'api.example.com:443', 'https'],
  ['[::1]:4317', '[::1]:4317', undefined],
  ['dns:///collector:4317', 'dns:///collector:4317', undefined],
  ['dns://10.0.0.10/collector:4317', 'dns://10.0.0.10/collector:4317', undefined],
  ['passthrough:///collector:4317', 'collector:4317', undefined],
  ['unix:///run/otel.sock', 'unix:/run/otel.sock', undefined],
  ['unix:/run/otel.sock', 'unix:/run/otel.sock', undefined],
] as const)
  decoded(`reads the endpoint ${text}`, () =>
    assert.equal(config.parse({ endpoint: text }).endpoint, { address, scheme }),
  )
decoded('has 10 s of silence and 10 s of patience in a keepalive', () => {
  assert.equal(config.parse({ endpoint: 'c:1', keepalive: {} }).keepalive, {
    time: 10_000,
    timeout: 10_000,
    permit_without_stream: false,
  })
})

const RULE =
  'must be "host:port", also with http://, https://, dns:/// or passthrough:/// in front, and without a path; or "unix:///path"'
const bad: readonly (readonly [what: string, input: object, path: string, message: string | RegExp])[] = [
  ['no endpoint', {}, 'endpoint', 'must be set'],
  ['an endpoint without a port', { endpoint: 'collector' }, 'endpoint', `${RULE}, got "collector" (string)`],
  [
    'an endpoint with a path',
    { endpoint: 'http://c:4318/v1/metrics' },
    'endpoint',
    `${RULE}, got "http://c:4318/v1/metrics" (string)`,
  ],
  ['another scheme', { endpoint: 'grpc://c:4317' }, 'endpoint', `${RULE}, got "grpc://c:4317" (string)`],
  ['an unknown key', { endpoint: 'c:1', endpont: 1 }, '', /endpont/],
  [
    'a bare number as a timeout',
    { endpoint: 'c:1', timeout: 5 },
    'timeout',
    'must be a duration such as "5s" or "1h30m", got 5 (number)',
  ],
  ['a resolver without a port', { endpoint: 'dns:///c' }, 'endpoint', `${RULE}, got "dns:///c" (string)`],
  ['a socket without a path', { endpoint: 'unix://' }, 'endpoint', `${RULE}, got "unix://" (string)`],
  [
    'a compression that the gRPC of Node lacks',
    { endpoint: 'c:1', compression: 'zstd' },
    'compression',
    'must not be zstd: the gRPC of Node knows gzip alone; use gzip, or otlp_http, which has zstd',
  ],
  ['an unknown compression', { endpoint: 'c:1', compression: 'foo' }, 'compression', /gzip/],
  ['an unknown balancer', { endpoint: 'c:1', balancer_name: 'ring' }, 'balancer_name', /round_robin/],
  [
    'a user agent of two lines',
    { endpoint: 'c:1', user_agent: 'a\nb' },
    'user_agent',
    'must be printable ASCII',
  ],
  [
    'a cipher that is not safe',
    { endpoint: 'c:1', tls: { cipher_suites: ['TLS_RSA_WITH_RC4_128_SHA'] } },
    'tls.cipher_suites.0',
    /TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256/,
  ],
  ['a header name with a space', { endpoint: 'c:1', headers: { 'a b': 'x' } }, 'headers.a b', /./],
  [
    'a header that gRPC sets',
    { endpoint: 'c:1', headers: { 'grpc-timeout': '1S' } },
    'headers.grpc-timeout',
    /./,
  ],
  [
    'a header value that is not printable ASCII',
    { endpoint: 'c:1', headers: { a: 'pass\nword' } },
    'headers.a',
    'must be printable ASCII',
  ],
  [
    'a certificate without its key',
    { endpoint: 'c:1', tls: { cert_file: '/c' } },
    'tls.key_file',
    /must be set/,
  ],
  [
    'a queue of nothing',
    { endpoint: 'c:1', sending_queue: { queue_size: 0 } },
    'sending_queue.queue_size',
    /./,
  ],
  [
    'requests of less than nothing',
    { endpoint: 'c:1', sending_queue: { batch: { max_size: -1 } } },
    'sending_queue.batch.max_size',
    /./,
  ],
]
for (const [what, input, path, message] of bad)
  decoded(`refuses ${what}`, () => {
    const issue = config.safeParse(input).error?.issues[0]
    assert.is(issue?.path.join('.'), path)
    if (typeof message === 'string') assert.is(issue?.message, message)
    else assert.match(issue!.message, message)
  })
decoded('never shows a header value', () => {
  const parsed = config.parse({ endpoint: 'c:1', headers: { authorization: 'Bearer hunter2' } })
  assert.not.match(JSON.stringify(parsed), /hunter2/)
  const refused = config.safeParse({ endpoint: 'c:1', headers: { authorization: 'hunter2\t' } }).error!
  assert.not.match(JSON.stringify(refused.issues), /hunter2/)
})
decoded.run()
