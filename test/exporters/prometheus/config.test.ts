import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../exporters/prometheus/config.ts'

const s = suite('config')
s('needs an endpoint, and has a default for all else', () => {
  assert.equal(config.parse({ endpoint: '127.0.0.1:9095' }), {
    endpoint: { host: '127.0.0.1', port: 9095 },
    path: '/metrics',
    naming: 'swoll',
    const_labels: {},
    namespace: '',
    add_metric_suffixes: true,
    without_scope_info: false,
    enable_open_metrics: true,
    resource_to_telemetry_conversion: { enabled: false, exclude_service_attributes: false },
    metric_expiration: 300_000,
    send_timestamps: false,
    created_series: false,
    classic_histograms: { enabled: false, lowest: 0.00025, highest: 16_000, every: 1 },
    max_ended_series: 100_000,
    max_concurrent_scrapes: 4,
    read_header_timeout: 10_000,
    write_timeout: 30_000,
    idle_timeout: 120_000,
  })
})
for (const [name, changes, path, message] of [
  ['no endpoint', { endpoint: undefined }, 'endpoint', /must be set/],
  ['an endpoint without a port', { endpoint: 'localhost' }, 'endpoint', /must be "host:port"/],
  ['a path without a slash', { path: 'metrics' }, 'path', /must be a path that begins with "\/"/],
  ['a path with a query', { path: '/m?x' }, 'path', /without a query/],
  ['an unknown naming', { naming: 'snake' }, 'naming', /swoll/],
  ['a bare number for a time', { metric_expiration: 300 }, 'metric_expiration', /must be a duration/],
  ['a time below a second', { metric_expiration: '10ms' }, 'metric_expiration', /at least 1s/],
  [
    'a label name with a dash',
    { const_labels: { 'a-b': 'x' } },
    'const_labels.a-b',
    /Prometheus label name|Invalid key/,
  ],
  [
    'a reserved label name',
    { const_labels: { __name__: 'x' } },
    'const_labels.__name__',
    /Prometheus label name|Invalid key/,
  ],
  [
    'a label called le',
    { resource_labels: { le: 'x' } },
    'resource_labels.le',
    /Prometheus label name|Invalid key/,
  ],
  ['a label value that is no text', { const_labels: { a: 1 } }, 'const_labels.a', /string/],
  [
    'a constant label that a resource has',
    { const_labels: { pod: 'x' } },
    'const_labels.pod',
    /must not be the name of a resource label/,
  ],
  ['an empty list of attributes', { resource_labels: { a: [] } }, 'resource_labels.a', /./],
  [
    'bounds upside down',
    { classic_histograms: { lowest: '1s', highest: '1ms' } },
    'classic_histograms.highest',
    /must not be below lowest/,
  ],
  [
    'names with characters that old servers cannot read',
    { translation_strategy: 'NoTranslation' },
    'translation_strategy',
    /UnderscoreEscapingWithSuffixes, .*got "NoTranslation": names here have no characters/,
  ],
  ['a strategy that nobody has', { translation_strategy: 'Dots' }, 'translation_strategy', /Underscore/],
  [
    'an empty pattern',
    { resource_constant_labels: { included: [''] } },
    'resource_constant_labels.included.0',
    /./,
  ],
  [
    'two keys that show attributes',
    {
      resource_constant_labels: { included: ['*'] },
      resource_to_telemetry_conversion: { enabled: true },
    },
    'resource_constant_labels',
    /must not be beside resource_to_telemetry_conversion/,
  ],
  ['no scrapes at all', { max_concurrent_scrapes: 0 }, 'max_concurrent_scrapes', />=1|1/],
  ['an unknown key', { pth: '/x' }, '', /pth/],
  ['TLS without a certificate', { tls: {} }, 'tls.cert_file', /must be set/],
] as const)
  s(`refuses ${name}`, () => {
    const { error } = config.safeParse({ endpoint: '127.0.0.1:9095', ...changes })
    assert.equal(
      error?.issues.map(issue => issue.path.join('.')),
      [path],
    )
    assert.match(error!.issues[0]!.message, message)
  })
s('lets a constant label take a name that resource_labels gave up', () => {
  const parsed = config.parse({
    endpoint: ':9095',
    const_labels: { pod: 'x' },
    resource_labels: { id: 'container.id' },
  })
  assert.equal([parsed.const_labels, parsed.endpoint.host], [{ pod: 'x' }, '::'])
})
s.run()
