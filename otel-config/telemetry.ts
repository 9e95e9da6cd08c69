/** `service::telemetry`: the agent's logs, metrics and resource, with the Collector's keys. */
import { z } from 'zod'
import { anyCase, duration, faultless, headerName, headerValue, text } from '../pipeline/config-fields.ts'
import type { OwnPush, TelemetryPlan } from '../pipeline/plan.ts'

const LEVELS = ['none', 'basic', 'normal', 'detailed'] as const

const sampling = z.strictObject({
  enabled: z.boolean().default(true).describe('False: as without `sampling`'),
  tick: duration({ min: '1ms' }).prefault('10s').describe('Time after which lines are counted anew'),
  initial: z.int().min(0).default(10).describe('Lines of one level and message written in each tick'),
  thereafter: z
    .int()
    .min(0)
    .default(100)
    .describe('After those, every so many-th of that tick is written; 0: none'),
})

const paths = (what: string) => z.array(text).default(['stderr']).describe(what)
const flag = (what: string) => z.boolean().default(false).describe(what)

const logs = z.strictObject({
  level: anyCase(z.enum(['debug', 'info', 'warn', 'error']))
    .prefault('info')
    .describe('Least level to log'),
  encoding: z
    .enum(['console', 'json'])
    .default('console')
    .describe('For people, or one JSON object per line'),
  output_paths: paths('Where lines go: `stderr`, `stdout`, or files, which are added to'),
  error_output_paths: paths('Where it is said that lines could not be written'),
  initial_fields: z.record(z.string(), z.unknown()).default({}).describe('Fields of every line'),
  sampling: sampling
    .optional()
    .describe('Writes a part of the lines that repeat; without it every line is written'),
  development: flag('Every line says where it was written, warnings and errors with the stack'),
  disable_caller: flag('No line says where it was written, also at level debug'),
  disable_stacktrace: flag('No stack in `development`'),
  processors: z.array(z.unknown()).optional().describe('Taken, with a warning: logs are not sent'),
})

const prometheus = z.strictObject({
  host: z.string().min(1).default('localhost').describe('Address to listen on'),
  port: z.int().min(0).max(65_535).default(8888).describe('Port to listen on; 0: any free one'),
  without_scope_info: z.boolean().default(true).describe('False: series have the label otel_scope_name'),
  without_type_suffix: z.boolean().default(true).describe('False: counters end in `_total`'),
  without_units: z.boolean().default(true).describe('False: names end in their unit'),
})

const header = z.strictObject({ name: headerName(), value: headerValue() })

const SERVER = /^(https?:\/\/)?[^/\s]+:\d+\/?$/
const SERVER_RULE = 'must be "host:port", "http://host:port" or "https://host:port"'

/** Files of the declarative configuration: PEM. */
const file = (what: string) => text.optional().describe(what)

const otlp = z
  .strictObject({
    protocol: z.enum(['grpc']).default('grpc').describe('OTLP over gRPC'),
    endpoint: faultless(given => (SERVER.test(given) ? undefined : SERVER_RULE)).describe(
      'Server; http:// in front turns TLS off',
    ),
    insecure: flag('True: no TLS, unless the endpoint has https:// in front'),
    certificate: file('PEM file of the authorities to trust; empty: those of the system'),
    client_certificate: file('PEM file of the certificate to show'),
    client_key: file('PEM file of its key'),
    headers: z.union([z.array(header), z.record(headerName(), headerValue())]).optional(),
    compression: z.enum(['gzip', 'none']).default('none').describe('Of requests'),
    timeout: z.int().min(1).default(10_000).describe('Limit for one request, in milliseconds'),
    temporality_preference: z.enum(['cumulative', 'delta', 'lowmemory']).default('cumulative'),
    default_histogram_aggregation: z
      .enum(['explicit_bucket_histogram', 'base2_exponential_bucket_histogram'])
      .default('explicit_bucket_histogram'),
  })
  .superRefine((given, context) => {
    for (const [one, other] of [
      ['client_certificate', 'client_key'],
      ['client_key', 'client_certificate'],
    ] as const)
      if (given[one] !== undefined && given[other] === undefined)
        context.addIssue({ code: 'custom', path: [other], message: `must be set, since there is a ${one}` })
  })

const reader = z
  .strictObject({
    pull: z.strictObject({ exporter: z.strictObject({ prometheus }) }).optional(),
    periodic: z
      .strictObject({
        interval: z.int().min(1).default(60_000).describe('How often metrics are sent, in milliseconds'),
        timeout: z.int().min(1).default(30_000).describe('Limit for one sending, in milliseconds'),
        exporter: z.strictObject({ otlp }),
      })
      .optional(),
  })
  .superRefine((given, context) => {
    if ((given.pull === undefined) === (given.periodic === undefined))
      context.addIssue({ code: 'custom', message: 'must have one of "pull" and "periodic"' })
  })

const metrics = z.strictObject({
  level: anyCase(z.enum(LEVELS))
    .prefault('normal')
    .describe(
      'none: the agent measures nothing of itself; detailed: also how long processors take; the other levels are the same',
    ),
  readers: z
    .array(reader)
    .optional()
    .describe(
      "Where the agent's own metrics, /livez and /readyz can be had, or are sent; by default localhost:8888, and nowhere at level none",
    ),
  views: z.array(z.unknown()).optional().describe('Taken, with a warning: they change nothing'),
})

/** Null removes an attribute. */
const attributeMap = z.record(z.string(), z.string().nullable())
const attributeList = z.strictObject({
  schema_url: z.string().optional(),
  attributes: z.array(
    z.strictObject({
      name: text,
      value: z.union([z.string(), z.number(), z.boolean()]),
      type: z.enum(['string', 'bool', 'int', 'double']).optional(),
    }),
  ),
})

const traces = z.strictObject({
  level: anyCase(z.enum(LEVELS)).optional(),
  propagators: z.array(z.string()).optional(),
  processors: z.array(z.unknown()).optional(),
  sampler: z.unknown().optional(),
  limits: z.unknown().optional(),
})

/** The whole section. */
export const telemetry = z.strictObject({
  logs: logs.prefault({}),
  metrics: metrics.prefault({}),
  resource: z
    .union([attributeMap, attributeList])
    .default({})
    .describe(
      "Attributes of the agent's own telemetry, as a map or as a list `attributes` of `name` and `value`, over those of its host, node and `$OTEL_RESOURCE_ATTRIBUTES`; null removes one",
    ),
  traces: traces.optional().describe('Taken, with a warning: the agent makes no spans of itself'),
})

/** Keys that are taken, and change nothing, with the reason. */
export const UNUSED_KEYS = [
  [['traces', 'processors'], 'the agent makes no spans of itself'],
  [['logs', 'processors'], "the agent's log is not sent by OTLP"],
  [['metrics', 'views'], 'all metrics stay as they are'],
] as const satisfies (readonly [readonly string[], string])[]

const DEFAULT_READER = { pull: { exporter: { prometheus: {} } } }

/** Turns `service::telemetry` into the form that the process needs. */
export function toTelemetryPlan({ logs, metrics, resource }: z.output<typeof telemetry>): TelemetryPlan {
  const { level } = metrics
  const readers = metrics.readers ?? (level === 'none' ? [] : [reader.parse(DEFAULT_READER)])
  return {
    logs: toLogPlan(logs),
    metrics: {
      level,
      listeners: readers.flatMap(({ pull }) => (pull ? [pull.exporter.prometheus] : [])),
      pushes: readers.flatMap(({ periodic }) => (periodic ? [toPush(periodic)] : [])),
    },
    resource: toAttributes(resource),
  }
}

function toLogPlan({ sampling, ...logs }: z.output<typeof telemetry>['logs']): TelemetryPlan['logs'] {
  return {
    level: logs.level,
    encoding: logs.encoding,
    outputs: logs.output_paths,
    errorOutputs: logs.error_output_paths,
    fields: logs.initial_fields,
    hasCaller: !logs.disable_caller && (logs.development || logs.level === 'debug'),
    hasStack: !logs.disable_stacktrace && logs.development,
    ...(sampling?.enabled && {
      sampling: { tickMs: sampling.tick, initial: sampling.initial, thereafter: sampling.thereafter },
    }),
  }
}

type Periodic = NonNullable<z.output<typeof reader>['periodic']>

function toPush({ interval, timeout, exporter: { otlp } }: Periodic): OwnPush {
  const { headers = [] } = otlp
  const isPlain =
    otlp.endpoint.startsWith('http://') || (otlp.insecure && !otlp.endpoint.startsWith('https://'))
  return {
    intervalMs: interval,
    timeoutMs: timeout,
    requestTimeoutMs: otlp.timeout,
    server: otlp.endpoint.replace(/^https?:\/\//, '').replace(/\/$/, ''),
    isPlain,
    caFile: otlp.certificate,
    certFile: otlp.client_certificate,
    keyFile: otlp.client_key,
    headers: Array.isArray(headers)
      ? headers.map(({ name, value }) => [name, value] as const)
      : Object.entries(headers),
    compression: otlp.compression,
    temporality: otlp.temporality_preference,
    histograms: otlp.default_histogram_aggregation,
  }
}

function toAttributes(resource: z.output<typeof telemetry>['resource']): Record<string, string | null> {
  const { attributes } = resource
  if (!Array.isArray(attributes)) return resource as z.output<typeof attributeMap>
  return Object.fromEntries(attributes.map(({ name, value }) => [name, String(value)]))
}
