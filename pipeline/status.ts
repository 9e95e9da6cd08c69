import type { Host } from './component.ts'
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
  const states = Array.from(
    { length: parts },
    (): Omit<ComponentStatus, 'component'> => ({
      status: 'ok',
      cause: undefined,
    }),
  )
  return states.map((_, part) => ({
    report(status, cause) {
      states[part] = { status, cause }
      const worst = worstOf(states)
      host.report(worst.status, worst.cause)
    },
    retain: (capabilities, why) => host.retain(capabilities, why),
    expectBeats: work => host.expectBeats(work),
    service: (key, open) => host.service(key, open),
    health: host.health,
  }))
}

/** The first of the worst; at least one must be given. */
function worstOf<S extends Pick<ComponentStatus, 'status'>>(states: readonly S[]): S {
  return states.reduce((a, b) => (RANK[b.status] > RANK[a.status] ? b : a))
}

/**
 * What each component says of its own state. Changes are logged, and the worst state of all is told to the process's
 * host; a fatal one as SwollError COMPONENT_FAILED that names the component. Fatal is final.
 */
export class StatusBoard {
  readonly #host: Host
  readonly #states = new Map<string, ComponentStatus>()

  constructor(host: Host) {
    this.#host = host
  }

  /** The host to start this component with. Until it reports, it is `ok`. */
  hostFor(component: string, log: Logger): Host {
    this.#states.set(component, { component, status: 'ok', cause: undefined })
    return {
      report: (status, cause) => this.#report({ component, status, cause }, log),
      retain: (capabilities, why) => this.#host.retain(capabilities, `${component}: ${why}`),
      expectBeats: work => this.#host.expectBeats({ ...work, name: `${component}: ${work.name}` }),
      service: (key, open) => this.#host.service(key, open),
      health: this.#host.health,
    }
  }

  /** Every component that was started, in that order. */
  list(): readonly ComponentStatus[] {
    return [...this.#states.values()]
  }

  #report(state: ComponentStatus, log: Logger): void {
    const { component, status, cause } = state
    const before = this.#states.get(component)?.status ?? 'ok'
    if (before === 'fatal' || (before === status && status === 'ok')) return
    this.#states.set(component, state)
    if (before !== status) logChange(log, status, cause)
    const worst = worstOf(this.list())
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
