/** The `service` section: pipelines, the agent's own telemetry, and how long a shutdown may take. */
import { z } from 'zod'
import { duration } from '../pipeline/config.ts'
import type { TelemetryPlan } from '../pipeline/plan.ts'

const ids = (what: string) => z.array(z.string()).default([]).describe(what)
const lowerCase = <T extends z.ZodType>(field: T) =>
  z.preprocess(value => (typeof value === 'string' ? value.toLowerCase() : value), field)

const reader = z.strictObject({
  pull: z
    .strictObject({
      exporter: z.strictObject({
        prometheus: z
          .strictObject({
            host: z.string().min(1).default('localhost').describe('Address to listen on'),
            port: z.int().min(0).max(65_535).default(8888).describe('Port to listen on; 0: any free one'),
          })
          .describe('A Prometheus endpoint'),
      }),
    })
    .describe('A reader that is scraped'),
})

const DEFAULT_READER = { pull: { exporter: { prometheus: {} } } }

/** `service::telemetry::resource`, where null is a value of its own. */
export const resource = z.record(z.string(), z.string().nullable())

const telemetry = z.strictObject({
  logs: z
    .strictObject({
      level: lowerCase(z.enum(['debug', 'info', 'warn', 'error']))
        .prefault('info')
        .describe('Least level to log'),
      encoding: z
        .enum(['console', 'json'])
        .default('console')
        .describe('For people, or one JSON object per line'),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      level: lowerCase(z.enum(['none', 'basic', 'normal', 'detailed']))
        .prefault('normal')
        .describe('none: the agent measures nothing of itself; the other levels are the same so far'),
      readers: z
        .array(reader)
        .optional()
        .describe(
          "Where the agent's own metrics, /livez and /readyz can be had; by default localhost:8888, and nowhere at level none",
        ),
    })
    .prefault({}),
  resource: resource
    .default({})
    .describe(
      "Attributes of the agent's own telemetry, over those of its host, node and `$OTEL_RESOURCE_ATTRIBUTES`; null removes one",
    ),
})

/** The components of a pipeline. */
export const pipeline = z.strictObject({
  receivers: ids('At least one, connectors included'),
  processors: ids('In the order of the data'),
  exporters: ids('At least one, connectors included'),
})

/** The whole section. Its pipelines are decoded one by one, each with `pipeline`. */
export const service = z.strictObject({
  extensions: ids('In the order of their start'),
  pipelines: z.record(z.string(), z.unknown()).default({}).describe('By signal or signal/name'),
  telemetry: telemetry.prefault({}).describe("The agent's own logs and metrics"),
  drop_capabilities: z
    .boolean()
    .default(true)
    .describe('Give up every capability of Linux that no component needs any more, once all have started'),
  shutdown_timeout: duration({ min: '1ms' }).prefault('10s').describe('How long a shutdown may take'),
})

/** Turns `service::telemetry` into the form that the process needs. */
export function toTelemetryPlan({ logs, metrics, resource }: z.output<typeof telemetry>): TelemetryPlan {
  const { level } = metrics
  const readers = metrics.readers ?? (level === 'none' ? [] : [reader.parse(DEFAULT_READER)])
  return {
    logs,
    metrics: { level, listeners: readers.map(({ pull }) => pull.exporter.prometheus) },
    resource,
  }
}
