/** The contracts every component keeps. Types only: nothing here exists at run time. */
import type { z } from 'zod'
import type { Capability } from './capabilities.ts'
import type { Batches } from './data/batches.ts'
import type { PipelineError } from './errors.ts'
import type { Health, HealthView } from './health.ts'
import type { Inside } from './inside.ts'
import type { Kind } from './kinds.ts'
import type { Role, Roles, Use } from './roles.ts'
import type { Lease, Service } from './services.ts'
import type { Reported, StatusView } from './states.ts'
import type { Logger, Meter } from './telemetry.ts'

export type Signal = keyof Batches
type Stability = 'development' | 'alpha' | 'beta' | 'stable'
/** `type` or `type/name`, e.g. `otlp/internal`. */
export type ComponentId = string

/** Created, started, running, shut down; never restarted. A new run is a new object. */
export interface Component {
  /** Resolves once ready for work. Rejecting aborts the start-up of the whole process. */
  start(host: Host, abort: AbortSignal): Promise<void>
  /** Takes no more data, drains to `next`, frees handles. Safe before start, and twice. `abort` is the deadline. */
  shutdown(abort: AbortSignal): Promise<void>
}

export interface Consumer<S extends Signal> {
  /** True: is given its own copy of a shared batch. False: must not write to the batch. */
  readonly mutates: boolean
  /** Resolves when this consumer owns the batch. Rejects with PipelineError, nothing else. May be called concurrently. */
  consume(batch: Batches[S], abort: AbortSignal): Promise<void>
  /**
   * What a connector gives to has it: gives some of its pipelines a batch each, by id, as `consume` gives one batch to all of them.
   * The batches may share columns.
   */
  route?(batches: ReadonlyMap<string, Batches[S]>, abort: AbortSignal): Promise<void>
  /**
   * A source asks before it makes a batch, which takes memory: not undefined while a batch would be refused, whatever is in it. Absent:
   * nobody knows before the batch is there.
   */
  refusal?(): Refusal | undefined
}

/** Why a consumer takes nothing now. Whoever asked makes no batch, and tells how many items would have been in it. */
export interface Refusal {
  readonly error: PipelineError
  /** Counts the items as refused, as if they had come. */
  count(items: number): void
}

/** A missing key means that the signal is not wired. */
export type Consumers = { readonly [S in Signal]?: Consumer<S> }

/** The process, without what its components do for each other. */
export interface ProcessHost {
  /** The state that a component is in from now on; whatever may not follow its state is not heard. `fatal` ends the process. */
  report(state: Reported, cause?: Error): void
  /**
   * During start: the component will use these capabilities of Linux afterwards too. The process gives up all that nobody
   * retains when every component has started.
   */
  retain(capabilities: readonly Capability[], why: string): void
  /** From now on until `stop` the process is not live, or not ready, when `beat` is not called for `maxSilenceMs`. */
  readonly expectBeats: Health['expectBeats']
  /** Whether the process has started, lives and is ready: what `expectBeats` comes to, and whether all components run. */
  readonly health: HealthView
  /** The configuration in force, for people: with defaults, and without secrets. */
  showConfig(): Promise<unknown>
  /** What the process knows of itself. Absent: no pages are wanted of it. */
  readonly inside?: Inside
  /** A share in the service of this key, which all who ask for the key in this process have in common. See Services. */
  service<T extends Service>(key: string, open: () => Promise<T> | T): Promise<Lease<T>>
}

/** The process and what runs in it, as a component may use them. */
export interface Host extends ProcessHost {
  /**
   * What an extension does in a role. Throws unless the factory's `uses` names the extension for this component. May be kept: a
   * component stops before an extension that it uses, and is replaced when the extension is.
   */
  extension<R extends Role>(id: ComponentId, role: R): Roles[R]
  /** What all components are, this one among them. */
  readonly statuses: StatusView
}

export interface Create<C> {
  readonly id: ComponentId
  readonly config: Readonly<C>
  readonly log: Logger
  readonly meter: Meter
}

/** A strict zod object: decodes, defaults, documents (`describe`) and yields the JSON Schema and the README's table. */
type ConfigSpec<C> = z.ZodType<C>

/** A component as the graph holds it. One without `consumers` takes nothing: a receiver, an extension. */
export interface Part extends Component {
  /** A consumer for each signal that it takes; of a processor, for the one that it was created for. */
  readonly consumers?: Consumers
  /**
   * The graph counts what the consumers of an exporter resolve and reject as sent and failed. An exporter that resolves before it has
   * sent, because it has a queue, says true, and counts with `createExporterCounters`.
   */
  readonly countsItself?: boolean
  /** What an extension does for other components: something for each role that its factory names. Used once it has started. */
  readonly offers?: Partial<Roles>
  /**
   * Takes a new configuration while it runs. True: all that comes from now on is treated by it. False: nothing has changed, and
   * another instance must take over, as is always so with an extension that `offers` something. It must be able to go back, since the configuration that it came with may be refused as a whole.
   */
  update?(config: Readonly<unknown>): Promise<boolean>
}

/** A signal that a component carries, a pair of signals of which a connector makes one of the other, or that it is an extension. */
type Ability = Signal | `${Signal}-to-${Signal}` | 'extension'

export interface NamedPipeline {
  /** In the configuration of the component. */
  readonly path: readonly (string | number)[]
  readonly id: string
}

/** Creates the components of one type. */
export interface Factory<C> {
  readonly kind: Kind
  /** lower_snake_case, as written in the YAML. */
  readonly type: string
  /** Older names that are still accepted, with a warning. */
  readonly aliases?: readonly string[]
  /** One line for `swoll components`. */
  readonly description: string
  /** A missing key means that it is not supported. */
  readonly stability: { readonly [A in Ability]?: Stability }
  readonly config: ConfigSpec<C>
  /** The roles in which extensions of this type serve other components. Absent: none. */
  readonly roles?: readonly Role[]
  /** The extensions that this configuration names. They must run, and have the role. Absent: none. Not for extensions. */
  uses?(config: Readonly<C>): readonly Use[]
  /** The pipelines that the configuration of a connector names, and where: each must have it among its receivers. */
  pipelines?(config: Readonly<C>): readonly NamedPipeline[]
  /**
   * Creates an instance; one per id, of a processor one per id and pipeline. `next` has a consumer for each signal that the
   * component is to give: empty for exporters and extensions, of one signal for processors.
   */
  create(c: Create<C>, next: Consumers): Part
}
