/** Surroundings in which tests create and start components. */
import { createNoopMeter } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics'
import type { Capability } from '../../pipeline/capabilities.ts'
import { systemClock } from '../../pipeline/clock.ts'
import type { Create, Host } from '../../pipeline/component.ts'
import { Health } from '../../pipeline/health.ts'
import { Services } from '../../pipeline/services.ts'
import { NO_STATUSES } from '../../pipeline/states.ts'
import type { Logger, Meter } from '../../pipeline/telemetry.ts'

export const nopMeter: Meter = createNoopMeter()
export const nopLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/** A logger that keeps its lines. */
export function recordingLogger(): Logger & { readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: LogLine['level']) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ level, fields, message })
  }
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** A host that ignores what it is told. Hosts with the same `services` are in the same process. */
export function nopHost(services = new Services()): Host {
  return {
    report() {},
    extension: noExtension,
    statuses: NO_STATUSES,
    showConfig: async () => ({}),
    retain() {},
    expectBeats: () => ({ beat() {}, stop() {} }),
    service: services.lease,
    health: new Health(systemClock),
  }
}

function noExtension(): never {
  throw new Error('there are no extensions here')
}

interface RecordingHost extends Host {
  readonly reports: { status: string; cause: Error | undefined }[]
  readonly retained: { capabilities: readonly Capability[]; why: string }[]
  /** Every beat, and `… stopped`, of what must go on. */
  readonly beats: string[]
}

/** A host that keeps what it is told, oldest first. Hosts with the same `services` are in the same process. */
export function recordingHost(services = new Services()): RecordingHost {
  const reports: RecordingHost['reports'] = []
  const retained: RecordingHost['retained'] = []
  const beats: string[] = []
  return {
    reports,
    retained,
    beats,
    extension: noExtension,
    statuses: NO_STATUSES,
    showConfig: async () => ({}),
    report: (status, cause) => void reports.push({ status, cause }),
    retain: (capabilities, why) => void retained.push({ capabilities, why }),
    expectBeats: ({ name }) => ({
      beat: () => void beats.push(name),
      stop: () => void beats.push(`${name} stopped`),
    }),
    service: services.lease,
    health: new Health(systemClock),
  }
}

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** A real meter, and `read()`: every number it holds, as `name{key=value,…}` → value, keys sorted; histograms as their count. */
export function recordingMeter(): { readonly meter: Meter; read(): Promise<Record<string, number>> } {
  const reader = new ManualReader({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE })
  const meter = new MeterProvider({ readers: [reader] }).getMeter('test')
  const read = async () => {
    const { resourceMetrics } = await reader.collect()
    const values: Record<string, number> = {}
    for (const metric of resourceMetrics.scopeMetrics.flatMap(scope => scope.metrics))
      for (const point of metric.dataPoints) {
        const labels = Object.entries(point.attributes)
          .map(([key, value]) => `${key}=${value}`)
          .sort()
        const name =
          labels.length > 0 ? `${metric.descriptor.name}{${labels.join(',')}}` : metric.descriptor.name
        const isSingle =
          metric.dataPointType === DataPointType.SUM || metric.dataPointType === DataPointType.GAUGE
        values[name] = isSingle ? (point.value as number) : (point.value as { count: number }).count
      }
    return values
  }
  return { meter, read }
}

/** Returns the argument of a factory's `create`, with a silent logger and meter unless `parts` has others. */
export function createContext<C>(config: C, parts: Partial<Omit<Create<C>, 'config'>> = {}): Create<C> {
  return { id: 'test', log: nopLogger, meter: nopMeter, ...parts, config }
}

/** A deadline that never comes. */
export const never: AbortSignal = new AbortController().signal
