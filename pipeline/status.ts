import type { Host, ProcessHost } from './component.ts'
import { SwollError } from './errors.ts'
import type { Logger } from './telemetry.ts'

type Status = Parameters<Host['report']>[0]

export interface ComponentStatus {
  readonly component: string
  readonly status: Status
  readonly cause: Error | undefined
}

const RANK: Readonly<Record<Status, number>> = { ok: 0, degraded: 1, fatal: 2 }

/** A host for each part of one component. The component is what the worst of them is: what one says, no other takes back. */
export function hostsOfParts(host: Host, parts: number): Host[] {
  const fine: Omit<ComponentStatus, 'component'> = { status: 'ok', cause: undefined }
  const states = Array.from({ length: parts }, () => fine)
  return states.map((_, part) => ({
    ...host,
    report(status, cause) {
      states[part] = { status, cause }
      const worst = worstOf(states)
      host.report(worst.status, worst.cause)
    },
  }))
}

/** The first of the worst; at least one must be given. */
function worstOf<S extends Pick<ComponentStatus, 'status'>>(states: readonly S[]): S {
  return states.reduce((a, b) => (RANK[b.status] > RANK[a.status] ? b : a))
}

/**
 * The state that each component reports. Changes are logged, and the worst state of all is told to the process's
 * host; a fatal one as SwollError COMPONENT_FAILED that names the component. Fatal is final.
 */
export class StatusBoard {
  readonly #host: ProcessHost
  /** By the host that each component was started with. */
  readonly #states = new Map<Host, ComponentStatus>()

  constructor(host: ProcessHost) {
    this.#host = host
  }

  /** The host to start this component with. Until it reports, it is `ok`. */
  hostFor(component: string, log: Logger, extension: Host['extension']): Host {
    const host: Host = {
      ...this.#host,
      extension,
      report: (status, cause) => this.#report(host, { component, status, cause }, log),
      retain: (capabilities, why) => this.#host.retain(capabilities, `${component}: ${why}`),
      expectBeats: work => this.#host.expectBeats({ ...work, name: `${component}: ${work.name}` }),
    }
    this.#states.set(host, { component, status: 'ok', cause: undefined })
    return host
  }

  /** The component of this host is gone, and with it what it said. */
  forget(host: Host | undefined): void {
    const state = host && this.#states.get(host)
    if (!state) return
    this.#states.delete(host)
    if (state.status !== 'ok') this.#tellWorst()
  }

  /** Every component that was started, in that order. */
  list(): readonly ComponentStatus[] {
    return [...this.#states.values()]
  }

  #report(host: Host, state: ComponentStatus, log: Logger): void {
    const { status, cause } = state
    const before = this.#states.get(host)?.status
    if (before === undefined || before === 'fatal' || (before === status && status === 'ok')) return
    this.#states.set(host, state)
    if (before !== status) logChange(log, status, cause)
    this.#tellWorst()
  }

  #tellWorst(): void {
    const states = this.list()
    if (states.length === 0) return
    const worst = worstOf(states)
    this.#host.report(worst.status, worst.status === 'fatal' ? toFailure(worst) : worst.cause)
  }
}

function toFailure({ component, cause }: ComponentStatus): SwollError {
  return new SwollError('COMPONENT_FAILED', `${component}: ${cause?.message ?? 'cannot go on'}`, { cause })
}

function logChange(log: Logger, status: Status, cause: Error | undefined): void {
  const fields = cause ? { error: cause.message } : {}
  if (status === 'ok') log.info(fields, 'Component works again')
  else if (status === 'degraded') log.warn(fields, 'Component is degraded')
  else log.error(fields, 'Component cannot go on')
}
