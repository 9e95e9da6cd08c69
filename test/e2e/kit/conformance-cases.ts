// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are references in configurations
/**
 * Configurations of what swoll and a Collector both have: the language, exporters' common keys, `service`. `R` stands for a receiver, `E` for
 * an exporter of OTLP, each by its type there.
 */

export interface Case {
  readonly name: string
  /** `--config` values, YAML each. */
  readonly sources: readonly string[]
  readonly sets?: readonly string[]
}

const PIPELINE = 'service: {pipelines: {metrics: {receivers: [R], exporters: [E]}}}'
const RECEIVER = 'receivers: {R: RBODY}'
const EXPORTER = 'exporters: {E: {endpoint: "http://h:1"}}'
const GOOD = `${RECEIVER}\n${EXPORTER}\n${PIPELINE}`

/** Settings of the exporter. */
const SETTINGS = [
  ...['1s', '1m30s', '0', '0s', '1h', '100ms', '1.5s', '10µs', '.5s', '1m0.5s', 'null', '', '"1s"'],
  ...['5', '5x', '1 s', '1d', 'true', '[1]', '{a: 1}', 's', '"5"', '1e3s', '-1s'],
]
  .map(value => `timeout: ${value}`)
  .concat(
    [
      ...[
        '{}',
        'null',
        '{enabled: false}',
        '{initial_interval: 1s}',
        '{max_elapsed_time: 0}',
        '{multiplier: 2}',
      ],
      ...['{randomization_factor: 0}', '{randomization_factor: 1}', '{multiplier: 1}', '{max_interval: 1m}'],
      ...[
        '{max_elapsed_time: 1s}',
        '{randomization_factor: 2}',
        '{randomization_factor: -1}',
        '{enabled: 5}',
      ],
      ...[
        '{intial_interval: 1s}',
        '{max_retries: 5}',
        '[]',
        '5',
        '{initial_interval: fast}',
        '{multiplier: x}',
      ],
      ...['{initial_interval: 10s, max_elapsed_time: 5s}', '{enabled: "false"}', '{multiplier: 1.5}'],
    ].map(value => `retry_on_failure: ${value}`),
    [
      ...[
        '{}',
        'null',
        '{enabled: false}',
        '{num_consumers: 2}',
        '{queue_size: 5000}',
        '{queue_size: 1_000}',
      ],
      ...['{sizer: items, queue_size: 100000}', '{sizer: bytes, queue_size: 10000000}', '{sizer: requests}'],
      ...['{block_on_overflow: true}', '{wait_for_result: true}', '{enabled: true, num_consumers: 1}'],
      ...['{num_consumers: 0}', '{queue_size: 0}', '{queue_size: -1}', '{sizer: foo}', '{sizer: ITEMS}'],
      ...['{queue_sise: 5}', '{num_consumers: 1.5}', '{queue_size: "10"}', '[]', '5', '{enabled: maybe}'],
      ...['{num_consumers: x}', '{block_on_overflow: 1}', '{queue_size: 10MB}'],
      ...['{batch: {}}', '{batch: null}', '{batch: {min_size: 100, max_size: 1000, flush_timeout: 1s}}'],
      '{batch: {flush_timeout: 200ms, min_size: 1048576, max_size: 3145728, sizer: bytes}}',
      ...['{batch: {max_size: 0}}', '{batch: {min_size: 0}}', '{batch: {sizer: items}, sizer: items}'],
      ...['{batch: {min_size: 10, max_size: 9}}', '{batch: {flush_timeout: 0s}}', '{batch: {min_size: -1}}'],
      ...['{batch: {sizer: requests}}', '{batch: {sizer: foo}}', '{batch: {max_size: 1000}}', '{batch: 5}'],
      ...['{batch: {max_size: -1}}', '{batch: {partition: {metadata_keys: []}}}', '{batch: {minsize: 5}}'],
      ...['{sizer: items, queue_size: 5, batch: {min_size: 6}}', '{sizer: bytes, batch: {}}'],
      ...['{sizer: items, queue_size: 5, batch: {min_size: 5}}', '{enabled: false, batch: {min_size: 5}}'],
    ].map(value => `sending_queue: ${value}`),
    [
      ...[
        '{}',
        'null',
        '{a: b}',
        '{a: "5"}',
        '{authorization: "Bearer $$x"}',
        '{x-scope-orgid: t}',
        '{a: 5}',
      ],
      ...['5', '{a: [b]}', '{a: {b: c}}', 'text', '{a: true}', '{a: b, a: c}'],
    ].map(value => `headers: ${value}`),
    [
      ...['{insecure: true}', '{}', 'null', '{insecure_skip_verify: true}', '{min_version: "1.2"}'],
      ...['{min_version: "1.3"}', '{server_name_override: x}', '{min_version: 1.2}', '{reload_interval: 1h}'],
      ...['{insecure: maybe}', '{min_version: "1.9"}', '[]', '{ca_file: /a, ca_pem: b}', '5'],
      ...['{cert_file: /a}', '{min_version: "1.3", max_version: "1.2"}', '{reload_interval: often}'],
    ].map(value => `tls: ${value}`),
    ['gzip', 'none', '""', 'foo', 'GZIP', '5', '[gzip]'].map(value => `compression: ${value}`),
  )

/** Values of `service::telemetry`. */
const TELEMETRY = [
  ...['{}', 'null', '{metrics: {level: none}}', '{metrics: {level: NONE}}', '{metrics: {level: Detailed}}'],
  ...[
    '{metrics: {level: basic}}',
    '{metrics: {level: all}}',
    '{metrics: {address: ":8888"}}',
    '{metric: {}}',
  ],
  ...['{logs: {level: debug}}', '{logs: {level: WARN}}', '{logs: {level: loud}}', '{logs: {encoding: json}}'],
  ...['{logs: {encoding: console}}', '{logs: {development: true}}', '{logs: {disable_caller: true}}'],
  ...['{logs: {disable_stacktrace: true}}', '{logs: {output_paths: [stdout]}}', '{logs: {ouput_paths: [a]}}'],
  ...['{logs: {error_output_paths: [stderr]}}', '{logs: {initial_fields: {a: b}}}', '{logs: {sampling: {}}}'],
  ...[
    '{logs: {sampling: {enabled: true, tick: 10s, initial: 10, thereafter: 100}}}',
    '{logs: {sampling: null}}',
  ],
  ...['{logs: {sampling: {tick: often}}}', '{logs: {sampling: {first: 1}}}', '{logs: {development: 5}}'],
  ...['{resource: {}}', '{resource: {a: b}}', '{resource: {service.name: null}}', '{resource: {a: 5}}'],
  ...['{resource: {attributes: [{name: a, value: b}]}}', '{resource: [a]}', '{resource: {a: [b]}}'],
  ...['{traces: {}}', '{traces: {level: none}}', '{traces: {level: loud}}', '{traces: {propagators: [b3]}}'],
  '{traces: {processors: [{batch: {exporter: {otlp: {protocol: grpc, endpoint: "http://h:1"}}}}]}}',
  '{metrics: {readers: [{pull: {exporter: {prometheus: {host: localhost, port: 8888}}}}]}}',
  '{metrics: {readers: [{pull: {exporter: {prometheus: {host: "0.0.0.0", port: 9, without_units: true}}}}]}}',
  '{metrics: {readers: [{pull: {exporter: {prometheus: {host: a, port: 9, without_type_suffix: true}}}}]}}',
  '{metrics: {readers: [{pull: {exporter: {prometheus: {host: a, port: 9, without_scope_info: false}}}}]}}',
  '{metrics: {readers: [{pull: {exporter: {prometheus: {host: a, port: x}}}}]}}',
  '{metrics: {readers: [{pull: {exporter: {prometheus: {hots: a, port: 9}}}}]}}',
  '{metrics: {readers: [{periodic: {exporter: {otlp: {protocol: grpc, endpoint: "http://h:1"}}}}]}}',
  '{metrics: {readers: [{periodic: {interval: 1000, timeout: 500, exporter: {otlp: {protocol: grpc, endpoint: "http://h:1", headers: [{name: a, value: b}]}}}}]}}',
  '{metrics: {readers: [{periodic: {interval: 10s, exporter: {otlp: {protocol: grpc, endpoint: "http://h:1"}}}}]}}',
  '{metrics: {readers: [{periodic: {exporter: {otlp: {protocol: http/protobuf, endpoint: "http://h:1"}}}}]}}',
  '{metrics: {readers: []}}',
  '{metrics: {level: detailed, views: []}}',
]

/** Whole files. */
const FILES: readonly (readonly [name: string, ...sources: string[]])[] = [
  ['good', GOOD],
  ['nothing', ''],
  ['a list', '[a]'],
  ['text', 'text'],
  ['no receivers', `${EXPORTER}\n${PIPELINE}`],
  ['no exporters', `${RECEIVER}\n${PIPELINE}`],
  ['no service', `${RECEIVER}\n${EXPORTER}`],
  ['no pipelines', `${RECEIVER}\n${EXPORTER}\nservice: {pipelines: {}}`],
  ['null sections beside it', `${GOOD}\nprocessors:\nextensions:\nconnectors:`],
  ['an unknown section', `${GOOD}\nx-common: {}`],
  ['a section that is a list', `${GOOD}\nprocessors: [a]`],
  ['an unknown type', GOOD.replace('{R: RBODY}', '{R: RBODY, nosuch: }')],
  ['an unused component', GOOD.replace('{R: RBODY}', '{R: RBODY, R/2: RBODY}')],
  ['a name with a slash', GOOD.replaceAll(/\bE\b/g, 'E/a/b')],
  ['an empty name', GOOD.replaceAll(/\bE\b/g, 'E/')],
  ['a name with a blank', GOOD.replaceAll(/\bE\b/g, '"E/a b"')],
  ['blanks round an id', GOOD.replace('{E: {', '{" E ": {')],
  [
    'two ids that differ by blanks',
    GOOD.replace('exporters: {E:', 'exporters: {"E ": {endpoint: "http://h:1"}, E:'),
  ],
  ['a type with a dash', GOOD.replace('{R: RBODY}', '{R: RBODY, a-b: }')],
  ['a reference that is not configured', GOOD.replace('exporters: [E]', 'exporters: [E, other]')],
  ['an exporter twice', GOOD.replace('exporters: [E]', 'exporters: [E, E]')],
  [
    'a processor that is not configured',
    GOOD.replace('exporters: [E]', 'processors: [batch], exporters: [E]'),
  ],
  ['no receiver in the pipeline', GOOD.replace('receivers: [R]', 'receivers: []')],
  ['no exporter in the pipeline', GOOD.replace(', exporters: [E]', '')],
  ['null processors', GOOD.replace('exporters: [E]', 'exporters: [E], processors: ')],
  ['a named pipeline', GOOD.replace('metrics:', 'metrics/a:')],
  ['a pipeline whose name has a slash', GOOD.replace('metrics:', 'metrics/a/b:')],
  ['an empty pipeline name', GOOD.replace('metrics:', 'metrics/:')],
  ['an unknown signal', GOOD.replace('metrics:', 'metric:')],
  ['an unknown key in a pipeline', GOOD.replace('exporters: [E]', 'exporter: [E], exporters: [E]')],
  ['a list as text', GOOD.replace('exporters: [E]', 'exporters: E')],
  ['a list as a map', GOOD.replace('exporters: [E]', 'exporters: {E: }')],
  ['an unknown key in service', GOOD.replace('{pipelines', '{pipeline: {}, pipelines')],
  ['an extension that is not configured', GOOD.replace('{pipelines', '{extensions: [x], pipelines')],
  ['null extensions', GOOD.replace('{pipelines', '{extensions: , pipelines')],
  ['two pipelines', GOOD.replace('}}}', '}, logs: {receivers: [R], exporters: [E]}}}')],
  ['traces too', GOOD.replace('}}}', '}, traces: {receivers: [R], exporters: [E]}}}')],
  ['an endpoint that is missing', GOOD.replace('{endpoint: "http://h:1"}', '{}')],
  ['an endpoint that is a number', GOOD.replace('"http://h:1"', '5')],
  ['an endpoint that is a list', GOOD.replace('"http://h:1"', '[a]')],
  ['an exporter that is a list', GOOD.replace('{endpoint: "http://h:1"}', '[a]')],
  ['an exporter that is text', GOOD.replace('{endpoint: "http://h:1"}', 'text')],
  ['a key twice', `${GOOD}\nexporters: {}`],
  ['broken YAML', `${GOOD}\n  : [`],
  ['a tab', `receivers:\n\tR: RBODY`],
  ['an unclosed quote', `${GOOD}\nx: "a`],
  ['an anchor', GOOD.replace('{endpoint', '&a {endpoint').replace('}}\nservice', '}, E/2: *a}\nservice')],
  [
    'a merge key',
    GOOD.replace('{endpoint: "http://h:1"}}', '&a {endpoint: "http://h:1"}, E/2: {<<: *a, timeout: 1s}}'),
  ],
  ['an alias without an anchor', GOOD.replace('"http://h:1"', '*none')],
  ['comments and CRLF', `# a\r\n${GOOD.replaceAll('\n', '\r\n')}\r\n# b\r\n`],
  ['a byte order mark', `\ufeff${GOOD}`],
  ['two sources', RECEIVER, EXPORTER, PIPELINE],
  ['a later source with more', GOOD, 'exporters: {E: {timeout: 1s}}'],
  ['a later source that is wrong', GOOD, 'exporters: {E: {timeout: 5x}}'],
  ['a later source that wipes', GOOD, 'exporters:'],
  ['a later source that wipes nothing', GOOD, 'exporters: {}'],
  ['nested keys', GOOD, 'exporters::E::timeout: 2s'],
  ['a list that is replaced', GOOD, 'service::pipelines::metrics::exporters: [E]'],
  ['a list that is replaced by nothing', GOOD, 'service::pipelines::metrics::exporters: []'],
  ['a reference to YAML', GOOD.replace('"http://h:1"', '"http://h:1", timeout: "${yaml:1s}"')],
  ['an unclosed reference', GOOD.replace('"http://h:1"', '"http://h:1", headers: {a: "${yaml:b"}')],
  ['an unknown scheme', GOOD.replace('"http://h:1"', '"http://h:1", headers: {a: "${nosuch:b}"}')],
]

/** Settings of the exporter of OTLP over gRPC. */
const GRPC_SETTINGS = [
  ...['{}', '{time: 30s, timeout: 5s, permit_without_stream: true}', '{tiem: 1s}', '5', '{time: often}'].map(
    value => `keepalive: ${value}`,
  ),
  ...['round_robin', 'pick_first', 'nosuch', '5'].map(value => `balancer_name: ${value}`),
  ...['wait_for_ready: true', 'wait_for_ready: maybe', 'authority: a.example', 'user_agent: fleet/7'],
  ...['read_buffer_size: 5', 'write_buffer_size: 65536', 'write_buffer_size: x'],
  ...['gzip', 'none', 'zstd', 'snappy', 'lz5'].map(value => `compression: ${value}`),
  ...['{include_system_ca_certs_pool: true}', '{cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}'].map(
    value => `tls: ${value}`,
  ),
  ...['{curve_preferences: [X25519, P-256]}', '{curve_preferences: x}'].map(value => `tls: ${value}`),
  'auth: {}',
  'auth: {authentikator: a}',
  'auth: a',
]
const GRPC_ENDPOINTS = [
  ...[
    'h:1',
    'https://h:1',
    'dns:///h:1',
    'dns://10.0.0.10/h:1',
    'passthrough:///h:1',
    'unix:///run/otel.sock',
  ],
  ...['h', 'dns:///h', 'unix://', '', 'h:x'],
]

/** Logins, each an extension with what it needs. */
const LOGINS = [
  ...['{token: a}', '{tokens: [a, b]}', '{filename: /f}', '{token: a, filename: /f}', '{}', 'null'],
  ...['{token: a, tokens: [b]}', '{token: a, scheme: ""}', '{token: a, header: x-key}', '{tokn: a}'],
  ...['{filename: /f, retry_on_failure: {enabled: true, interval: 1s}}'],
  ...['{filename: /f, retry_on_failure: {enabled: true}}', '{filename: /f, wait_for_token_file: true}'],
]
  .map(value => `bearertokenauth: ${value}`)
  .concat(
    [
      '{client_id: a, client_secret: b, token_url: "https://h/t"}',
      '{client_id_file: /a, client_secret_file: /b, token_url: "https://h/t", scopes: [a]}',
      '{client_id: a, client_secret: b, token_url: "https://h/t", endpoint_params: {audience: x}}',
      '{client_id: a, client_secret: b, token_url: "https://h/t", timeout: 2s, expiry_buffer: 10s}',
      '{client_id: a, client_secret: b, token_url: "https://h/t", tls: {insecure: true}}',
      '{client_id: a, client_secret: b}',
      '{client_id: a, token_url: "https://h/t"}',
      '{client_secret: b, token_url: "https://h/t"}',
      '{client_id: a, token_url: "https://h/t", grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer"}',
      '{client_id: a, client_secret: b, token_url: "https://h/t", expiry_bufer: 1s}',
    ].map(value => `oauth2client: ${value}`),
  )

const SETS = [
  'exporters.E.timeout=2s',
  'exporters::E::timeout=2s',
  'exporters.E.timeout=5x',
  'exporters.E.timout=5s',
  'exporters.E.headers={a: b}',
  'service.pipelines.metrics.exporters=[E]',
  'service.pipelines.metrics.exporters=[other]',
  'exporters.E.timeout=',
  'nosuch.a=b',
]

const setting = (value: string): Case => ({
  name: `E: ${value}`,
  sources: [GOOD.replace('"http://h:1"', `"http://h:1", ${value}`)],
})
const telemetry = (value: string): Case => ({
  name: `telemetry: ${value}`,
  sources: [GOOD.replace('{pipelines', `{telemetry: ${value}, pipelines`)],
})

const grpc = (keys: string) =>
  `${RECEIVER}\nexporters: {otlp_grpc: {${keys}}}\n${PIPELINE.replace('[E]', '[otlp_grpc]')}`
const login = (extension: string, authenticator: string, running = authenticator) =>
  `extensions: {${extension}}\n${GOOD.replace('"http://h:1"', `"https://h:1", auth: {authenticator: ${authenticator}}`).replace('{pipelines', `{extensions: [${running}], pipelines`)}`
const loginCase = (extension: string): Case => ({
  name: extension,
  sources: [login(extension, extension.split(':')[0]!)],
})

export const CASES: readonly Case[] = [
  ...GRPC_SETTINGS.map(keys => ({ name: `otlp_grpc: ${keys}`, sources: [grpc(`endpoint: "h:1", ${keys}`)] })),
  ...GRPC_ENDPOINTS.map(text => ({
    name: `otlp_grpc: endpoint: ${text}`,
    sources: [grpc(`endpoint: "${text}"`)],
  })),
  ...LOGINS.map(loginCase),
  { name: 'an authenticator that is not there', sources: [login('bearertokenauth: {token: a}', 'x', '')] },
  {
    name: 'an authenticator that does not run',
    sources: [login('bearertokenauth: {token: a}', 'bearertokenauth', '')],
  },
  {
    name: 'credentials by gRPC without TLS',
    sources: [
      `extensions: {bearertokenauth: {token: a}}\n${grpc('endpoint: "h:1", tls: {insecure: true}, auth: {authenticator: bearertokenauth}').replace('{pipelines', '{extensions: [bearertokenauth], pipelines')}`,
    ],
  },
  ...SETTINGS.map(setting),
  ...TELEMETRY.map(telemetry),
  ...FILES.map(([name, ...sources]) => ({ name, sources })),
  ...SETS.map(set => ({ name: `--set=${set}`, sources: [GOOD], sets: [set] })),
]

/** Faults whose texts are compared, word by word. */
export const TEXTS: readonly Case[] = [
  ['an unknown key', GOOD.replace('{R: RBODY}', '{R: {topic: a}}')],
  ['a reference that is not configured', GOOD.replace('exporters: [E]', 'processors: [nop], exporters: [E]')],
  ['an unknown type', GOOD.replace('exporters: {', 'exporters: {nosuchexporter: , ')],
  ['a processor twice', GOOD.replace('exporters: [E]', 'processors: [a, a], exporters: [E]')],
  ['no pipelines', `${RECEIVER}\n${EXPORTER}\nservice: {}`],
  ['a limit', GOOD.replace('"http://h:1"', '"http://h:1", sending_queue: {num_consumers: 0}')],
  ['an empty name', GOOD.replace('metrics:', 'metrics/:')],
  ['a map for a list', GOOD.replace('receivers: [R]', 'receivers: {R: }')],
  ['a duration', GOOD.replace('"http://h:1"', '"http://h:1", timeout: 5x')],
  ['no YAML', `${GOOD}\nx: "a`],
  ['a removed key', GOOD.replace('{pipelines', '{telemetry: {metrics: {address: ":8888"}}, pipelines')],
].map(([name = '', source = '']) => ({ name, sources: [source] }))
