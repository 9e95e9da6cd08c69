import { inspect } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import * as config from '../../pipeline/config.ts'
import { decodeDuration } from '../../pipeline/duration.ts'

/** Returns the value that a field decodes from `input`, or its first message. */
function decode(field: z.ZodType, input: unknown): unknown {
  const result = field.safeParse(input)
  return result.success
    ? result.data
    : result.error.issues.map(i => `${i.path.join('::')}: ${i.message}`).join('\n')
}

const durations = suite('duration')
for (const [input, want] of [
  ['5s', 5000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['500ms', 500],
  ['.5s', 500],
  ['1.s', 1000],
  ['100us', 0.1],
  ['100µs', 0.1],
  ['100μs', 0.1],
  ['1000000ns', 1],
  ['0', 0],
  ['0s', 0],
  [0, 0],
  ['2m3s4ms', 123_004],
] as const)
  durations(`${input} is ${want} ms`, () => {
    assert.is(decode(config.duration(), input), want)
  })
for (const input of [
  '',
  '5',
  's',
  '-5s',
  '5 s',
  '5d',
  '5S',
  '1s500',
  's5',
  '1h30',
  'Infinitys',
  5,
  0.5,
  true,
  null,
  ['5s'],
  {},
])
  durations(`refuses ${JSON.stringify(input)}`, () => {
    assert.is(
      decode(config.duration(), input),
      `: must be a duration such as "5s" or "1h30m", got ${config.describeValue(input)}`,
    )
  })
durations('must be set unless there is a default', () => {
  assert.is(decode(z.strictObject({ t: config.duration() }), {}), 't: must be set')
  assert.equal(decode(z.strictObject({ t: config.duration().prefault('5s') }), {}), { t: 5000 })
})
durations('keeps inclusive limits', () => {
  const limited = config.duration({ min: '1s', max: '1m' })
  assert.is(decode(limited, '1s'), 1000)
  assert.is(decode(limited, '1m'), 60_000)
  assert.is(decode(limited, '999ms'), ': must be at least 1s, got 999ms')
  assert.is(decode(limited, '61s'), ': must be at most 1m, got 1m1s')
})
durations('is ten years at most', () => {
  assert.is(decode(config.duration(), '87600h'), 87_600 * 3_600_000)
  assert.is(decode(config.duration(), '87601h'), ': must be at most 87600h, got 87601h')
})
durations.run()

const format = suite('formatDuration')
for (const text of [
  '0s',
  '1ns',
  '100000ns',
  '1ms',
  '999ms',
  '1s',
  '1.5s',
  '1m',
  '1m30s',
  '1h',
  '1h30m',
  '26h0.25s',
])
  format(`${text} comes back`, () => {
    assert.is(config.formatDuration(decodeDuration(text)!), text)
  })
format.run()

const sizes = suite('bytes')
for (const [input, want] of [
  [0, 0],
  [1024, 1024],
  ['1024', 1024],
  ['512MiB', 2 ** 29],
  ['1.5 KiB', 1536],
  ['10kB', 10_000],
  ['1GB', 1e9],
  ['7B', 7],
] as const)
  sizes(`${input} is ${want}`, () => {
    assert.is(decode(config.bytes(), input), want)
  })
for (const input of [-1, 0.5, 2 ** 53, '1.5', 'MiB', '5mib', '1e3', '', true, null])
  sizes(`refuses ${JSON.stringify(input)}`, () => {
    assert.match(
      decode(config.bytes(), input) as string,
      'must be a number of bytes such as 1048576 or "512MiB", got ',
    )
  })
sizes.run()

const endpoints = suite('endpoint')
for (const [input, host, port] of [
  ['127.0.0.1:4317', '127.0.0.1', 4317],
  ['localhost:1', 'localhost', 1],
  ['[::1]:65535', '::1', 65_535],
  ['[fe80::1%eth0]:80', 'fe80::1%eth0', 80],
  ['otel-collector.monitoring.svc:4317', 'otel-collector.monitoring.svc', 4317],
] as const)
  endpoints(`${input} is ${host} and ${port}, and prints the same`, () => {
    assert.equal(decode(config.endpoint(), input), { host, port })
    assert.is(config.formatEndpoint({ host, port }), input)
  })
for (const input of [
  '',
  ':4317',
  'localhost',
  'localhost:',
  'localhost:0',
  'localhost:65536',
  'http://localhost:4317',
])
  endpoints(`refuses ${JSON.stringify(input)} of a server to call`, () => {
    assert.is(
      decode(config.endpoint(), input),
      `: must be "host:port", such as "127.0.0.1:4317", without a scheme or a path, got ${JSON.stringify(input)} (string)`,
    )
  })
for (const input of ['::1:80', '[::1]', 'a b:80', 'host:80/metrics', 9095])
  endpoints(`refuses ${JSON.stringify(input)} everywhere`, () => {
    assert.match(decode(config.endpoint(), input) as string, 'must be "host:port"')
    assert.match(decode(config.endpoint({ listen: true }), input) as string, 'must be "host:port"')
  })
endpoints('a listener may leave out the host, and ask for any port', () => {
  assert.equal(decode(config.endpoint({ listen: true }), ':9095'), { host: '::', port: 9095 })
  assert.equal(decode(config.endpoint({ listen: true }), '[::]:0'), { host: '::', port: 0 })
})
endpoints.run()

const secrets = suite('secret')
secrets('reveals itself only when asked', () => {
  const value = config.secret().parse('hunter2')
  assert.is(value.reveal(), 'hunter2')
  assert.is([`${value}`, JSON.stringify({ value }), inspect({ value })].join(' ').includes('hunter2'), false)
  assert.is(`${value}`, '[REDACTED]')
  assert.is(JSON.stringify(value), '"[REDACTED]"')
})
secrets('is not shown by errors either', () => {
  assert.is(decode(config.secret(), 1234), ': must be text; put it in quotes')
  assert.is(config.describeValue(config.secret().parse('hunter2')).includes('hunter2'), false)
  assert.is(config.describeValue('\u202e\u009b\u001b[2J'), '"\\u202e\\u009b\\u001b[2J" (string)')
  assert.is(config.describeValue('x'.repeat(1e6)), `"${'x'.repeat(56)}... (string)`)
})
secrets.run()

const tls = suite('tlsClient and tlsServer')
tls('a client without the block speaks TLS 1.2 or later', () => {
  assert.equal(decode(config.tlsClient(), undefined), {
    insecure: false,
    insecure_skip_verify: false,
    min_version: '1.2',
  })
})
const key = 'must be set, since there is a certificate; add key_file or key_pem'
for (const [name, block, want] of [
  ['a certificate without its key', { cert_file: 'a.crt' }, `key_file: ${key}`],
  [
    'a key without its certificate',
    { key_pem: 'k' },
    'cert_file: must be set, since there is a key; add cert_file or cert_pem',
  ],
  [
    'a file and text of the same',
    { ca_file: 'a', ca_pem: 'b' },
    'ca_pem: must not be set together with ca_file; keep one',
  ],
  [
    'versions the wrong way round',
    { min_version: '1.3', max_version: '1.2' },
    'max_version: must not be below min_version (1.3), got 1.2',
  ],
  [
    'two mistakes, both told',
    { cert_pem: 'a', cert_file: 'b' },
    `cert_pem: must not be set together with cert_file; keep one\nkey_file: ${key}`,
  ],
] as const)
  tls(`refuses ${name}`, () => {
    assert.is(decode(config.tlsClient(), block), want)
  })
tls('a listener needs a certificate', () => {
  assert.is(
    decode(config.tlsServer(), {}),
    'cert_file: must be set: a listener needs a certificate and its key',
  )
  assert.is(decode(config.tlsServer().optional(), undefined), undefined)
})
tls.run()

const exporter = suite('retryOnFailure and sendingQueue')
exporter('have the defaults of the Collector', () => {
  assert.equal(decode(config.retryOnFailure(), undefined), {
    enabled: true,
    initial_interval: 5000,
    randomization_factor: 0.5,
    multiplier: 1.5,
    max_interval: 30_000,
    max_elapsed_time: 300_000,
  })
  assert.equal(decode(config.sendingQueue(), undefined), {
    enabled: true,
    num_consumers: 10,
    queue_size: 1000,
    sizer: 'requests',
    block_on_overflow: false,
    wait_for_result: false,
  })
})
exporter('max_elapsed_time is forever, or not below the other times', () => {
  const { max_elapsed_time } = config.retryOnFailure().parse({ max_elapsed_time: 0 })
  assert.is(max_elapsed_time, 0)
  assert.is(
    decode(config.retryOnFailure(), { max_elapsed_time: '10s' }),
    'max_elapsed_time: must not be below max_interval (30s), got 10s',
  )
})
exporter.run()

const schema = suite('JSON Schema')
schema('shows what the user writes', () => {
  const fields = {
    t: config.duration().prefault('5s'),
    e: config.endpoint(),
    b: config.bytes(),
    s: config.secret(),
  }
  const { properties } = z.toJSONSchema(z.strictObject(fields), { io: 'input' })
  assert.equal(properties, {
    t: { default: '5s', type: 'string' },
    e: { type: 'string' },
    b: { type: 'string' },
    s: { type: 'string', writeOnly: true },
  })
})
schema.run()
