/** The things that all parts of the controller work with. Types only. */
import type { Clock } from '../pipeline/clock.ts'
import type { Logger } from '../pipeline/telemetry.ts'
import type { AgentApi, AgentDirectory } from './agents.ts'
import type { ClusterApi } from './cluster-api.ts'
import type { EventRecorder } from './events.ts'
import type { Informer } from './informer.ts'
import type { ReaderJob, ReaderSettings } from './reader-job.ts'
import type { Trace } from './resource.ts'

export interface Context {
  readonly api: ClusterApi
  readonly agentApi: AgentApi
  readonly directory: AgentDirectory
  readonly traces: Informer<Trace>
  /** The Jobs that the controller has made. */
  readonly jobs: Informer<ReaderJob>
  readonly events: EventRecorder
  /** As they are now: authorities change. */
  readonly reader: () => Promise<ReaderSettings>
  readonly clock: Clock
  readonly log: Logger
}

/** Milliseconds since 1970. */
export function nowOf({ clock }: Pick<Context, 'clock'>): number {
  return Number(clock.unixNano() / 1_000_000n)
}
