/** The plan of a graph: the decoded configuration, free of YAML. */
import type { ComponentId, Signal } from './component.ts'
import { type Kind, kindsIn, type List } from './kinds.ts'
import type { Secret } from './secret.ts'

/** One configured component, whether or not a pipeline uses it. */
export interface PlannedComponent {
  readonly id: ComponentId
  /** The factory's own type, also when the id was written with an older name. */
  readonly type: string
  /** The configuration that the factory's `config` decoded. */
  readonly config: unknown
}

export interface PlannedPipeline {
  /** `signal` or `signal/name`. */
  readonly id: string
  readonly signal: Signal
  /** Receivers and connectors, at least one. */
  readonly receivers: readonly ComponentId[]
  /** In the order of the data. */
  readonly processors: readonly ComponentId[]
  /** Exporters and connectors, at least one. */
  readonly exporters: readonly ComponentId[]
}

type LogLevel = 'debug' | 'info' | 'warn' | 'error'

interface LogPlan {
  readonly level: LogLevel
  readonly encoding: 'json' | 'console'
  /** `stderr`, `stdout`, or paths of files; absent: standard error. */
  readonly outputs?: readonly string[]
  /** The same, for what the log has to say of itself. */
  readonly errorOutputs?: readonly string[]
  /** Fields of every line. */
  readonly fields?: Readonly<Record<string, unknown>>
  /** Whether a line says where it was written. */
  readonly hasCaller?: boolean
  /** Whether a warning or error has the stack. */
  readonly hasStack?: boolean
  /** Absent: every line is written. `thereafter` 0: none after the first `initial` of a tick. */
  readonly sampling?: { readonly tickMs: number; readonly initial: number; readonly thereafter: number }
}

/** An endpoint for Prometheus, and the form of the names there. */
export interface OwnListener {
  readonly host: string
  readonly port: number
  readonly without_scope_info?: boolean
  readonly without_type_suffix?: boolean
  readonly without_units?: boolean
}

/** A server of OTLP over gRPC that gets the agent's own metrics. */
export interface OwnPush {
  readonly intervalMs: number
  /** For one reading and sending. */
  readonly timeoutMs: number
  readonly requestTimeoutMs: number
  /** `host:port`. */
  readonly server: string
  /** Without TLS. */
  readonly isPlain: boolean
  readonly caFile: string | undefined
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  readonly headers: readonly (readonly [name: string, value: Secret])[]
  readonly compression: 'gzip' | 'none'
  readonly temporality: 'cumulative' | 'delta' | 'lowmemory'
  readonly histograms: 'explicit_bucket_histogram' | 'base2_exponential_bucket_histogram'
}

/** `service::telemetry`: what the process says about itself. */
export interface TelemetryPlan {
  readonly logs: LogPlan
  readonly metrics: {
    /** `none`: no own metrics at all. */
    readonly level: 'none' | 'basic' | 'normal' | 'detailed'
    /** Where Prometheus may scrape them, and anybody ask for the health of the process; at level `none` only what was asked for. */
    readonly listeners: readonly OwnListener[]
    /** The servers that they are sent to; absent: none. */
    readonly pushes?: readonly OwnPush[]
  }
  /** Attributes on top of the process's own; null takes one of those away. */
  readonly resource: Readonly<Record<string, string | null>>
}

export interface Plan extends Readonly<Record<Kind, ReadonlyMap<ComponentId, PlannedComponent>>> {
  /** At least one. Every id in them is in the maps. */
  readonly pipelines: readonly PlannedPipeline[]
  /** The extensions that run, in the order of their start; each is in `extensions`. */
  readonly runningExtensions: readonly ComponentId[]
  readonly telemetry: TelemetryPlan
  /** Whether the process gives up the capabilities of Linux that no component retains, once all have started. */
  readonly dropsCapabilities: boolean
  /** How long a shutdown may take before the process gives up on it. */
  readonly shutdownTimeoutMs: number
}

/** The kind of the component that this list of a pipeline names. */
export function kindOf(plan: Plan, list: List, id: ComponentId): Kind {
  const kinds = kindsIn(list)
  return kinds.find(kind => plan[kind].has(id)) ?? kinds[0]!
}
