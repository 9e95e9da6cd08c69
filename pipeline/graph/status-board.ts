import type { Clock } from '../clock.ts'
import type { Host, ProcessHost } from '../component.ts'
import { SwollError } from '../errors.ts'
import {
  type ComponentStatus,
  isError,
  mayFollow,
  type Reported,
  type State,
  type StatusView,
  worstOf,
} from '../states.ts'
import type { Logger } from '../telemetry.ts'
import type { ComponentVertex } from './layout.ts'

/** A component, as the board knows it. Its vertex changes when the plan does. */
interface Subject {
  readonly vertex: ComponentVertex
  readonly log: Logger
}

/** A component that is on the board. */
export interface Entry {
  /** The host to start it with. */
  readonly host: Host
  /** It has started: it is `ok`, unless it has said something itself. */
  started(): void
  /** What the graph does with it, and whether that failed. */
  enter(state: 'stopping' | 'stopped' | 'permanent', cause?: Error): void
}

interface Standing {
  readonly subject: Subject
  state: State
  cause: Error | undefined
  sinceUnixNano: bigint
}

/**
 * The state of each component. What components report is logged when it changes, and the worst state of all is told to the process's
 * host; a fatal one as SwollError COMPONENT_FAILED that names the component. What may not follow a state is not heard.
 */
export class StatusBoard implements StatusView {
  readonly #host: ProcessHost
  readonly #clock: Pick<Clock, 'unixNano'>
  readonly #standings = new Map<Entry, Standing>()
  /** The process has been told this last. */
  #told: { readonly state: Reported; readonly cause: Error | undefined } = { state: 'ok', cause: undefined }
  readonly #listeners = new Set<(status: ComponentStatus) => void>()

  constructor(host: ProcessHost, clock: Pick<Clock, 'unixNano'>) {
    this.#host = host
    this.#clock = clock
  }

  /** The component is about to start. */
  enroll(subject: Subject, extension: Host['extension']): Entry {
    const name = subject.vertex.key
    const host: Host = {
      ...this.#host,
      extension,
      statuses: this,
      report: (state, cause) => this.#report(entry, state, cause),
      retain: (capabilities, why) => this.#host.retain(capabilities, `${name}: ${why}`),
      expectBeats: work => this.#host.expectBeats({ ...work, name: `${name}: ${work.name}` }),
    }
    const entry: Entry = {
      host,
      started: () => {
        if (this.#standings.get(entry)?.state === 'starting') this.#enter(entry, 'ok', undefined)
      },
      enter: (state, cause) => {
        this.#enter(entry, state, cause)
        // A start that failed is told by whoever wanted it.
        if (state !== 'permanent') this.#tellWorst()
      },
    }
    const standing: Standing = {
      subject,
      state: 'starting',
      cause: undefined,
      sinceUnixNano: this.#clock.unixNano(),
    }
    this.#standings.set(entry, standing)
    this.#tell(standing)
    return entry
  }

  /** The component is gone, and with it what it said. */
  forget(entry: Entry | undefined): void {
    if (entry && this.#standings.delete(entry)) this.#tellWorst()
  }

  list(): readonly ComponentStatus[] {
    return [...this.#standings.values()].map(toStatus)
  }

  subscribe(told: (status: ComponentStatus) => void): () => void {
    const listener = (status: ComponentStatus) => told(status)
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #report(entry: Entry, state: Reported, cause: Error | undefined): void {
    const before = this.#standings.get(entry)?.state
    if (!this.#enter(entry, state, cause)) return
    this.#tellWorst()
    const { subject } = this.#standings.get(entry)!
    if (before !== state && !(before === 'starting' && state === 'ok')) logChange(subject.log, state, cause)
  }

  /** False: it may not follow. */
  #enter(entry: Entry, state: State, cause: Error | undefined): boolean {
    const standing = this.#standings.get(entry)
    if (!standing || !mayFollow(standing.state, state)) return false
    if (standing.state !== state) standing.sinceUnixNano = this.#clock.unixNano()
    standing.state = state
    standing.cause = cause
    this.#tell(standing)
    return true
  }

  #tell(standing: Standing): void {
    const status = toStatus(standing)
    for (const listener of this.#listeners) listener(status)
  }

  #tellWorst(): void {
    const all = this.list()
    if (all.length === 0) return
    const worst = worstOf(all)
    const state = isError(worst.state) ? worst.state : 'ok'
    const { cause } = worst
    if (state === this.#told.state && cause === this.#told.cause) return
    this.#told = { state, cause }
    this.#host.report(state, state === 'fatal' ? toFailure(worst) : cause)
  }
}

function toStatus({ subject: { vertex }, state, cause, sinceUnixNano }: Standing): ComponentStatus {
  const { key, kind, id, pipelines } = vertex
  return { component: key, kind, id, pipelines, state, cause, sinceUnixNano }
}

function toFailure({ component, cause }: ComponentStatus): SwollError {
  return new SwollError('COMPONENT_FAILED', `${component}: ${cause?.message ?? 'cannot go on'}`, { cause })
}

function logChange(log: Logger, state: Reported, cause: Error | undefined): void {
  const fields = cause ? { error: cause.message } : {}
  if (state === 'ok') log.info(fields, 'Component works again')
  else if (state === 'recoverable') log.warn(fields, 'Component is degraded')
  else if (state === 'permanent')
    log.error(fields, 'Component fails until it is configured anew or restarted')
  else log.error(fields, 'Component cannot go on')
}
