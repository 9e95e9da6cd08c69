/** A summary of states as the Collector's extension answers it: a status of HTTP, and JSON. */
import type { Summary } from './aggregate.ts'
import type { ComponentHealth } from './config.ts'

/** The name of a state there, and the status of HTTP. */
const WIRE: Readonly<Record<Summary['state'], readonly [name: string, http: number]>> = {
  none: ['StatusNone', 503],
  starting: ['StatusStarting', 503],
  ok: ['StatusOK', 200],
  recoverable: ['StatusRecoverableError', 200],
  permanent: ['StatusPermanentError', 200],
  fatal: ['StatusFatalError', 500],
  stopping: ['StatusStopping', 503],
  stopped: ['StatusStopped', 503],
}

interface Asked {
  /** Absent: everything is healthy. */
  readonly health: ComponentHealth | undefined
  readonly startUnixNano: bigint
  readonly nowUnixNano: bigint
  /** Whether the parts are told too. */
  readonly isVerbose: boolean
}

/** The answer; a summary that is not healthy is an error of the server. */
export function toStatusAnswer(summary: Summary, asked: Asked): { status: number; body: string } {
  const shown = toShown(summary, asked)
  const status = shown.healthy ? WIRE[summary.state][1] : 500
  return { status, body: JSON.stringify({ start_time: rfc3339Nano(asked.startUnixNano), ...shown }) }
}

interface Shown {
  readonly healthy: boolean
  readonly [key: string]: unknown
}

function toShown(summary: Summary, asked: Asked): Shown {
  const { state, cause, sinceUnixNano, parts } = summary
  const components = asked.isVerbose && parts.size > 0 && toComponents(parts, asked)
  return {
    healthy: isHealthy(summary, asked),
    status: WIRE[state][0],
    ...(cause && { error: cause.message }),
    status_time: rfc3339Nano(sinceUnixNano),
    attributes: {},
    ...(components && { components }),
  }
}

function toComponents(parts: Summary['parts'], asked: Asked): Readonly<Record<string, Shown>> {
  return Object.fromEntries([...parts].map(([name, part]) => [name, toShown(part, asked)]))
}

function isHealthy({ state, sinceUnixNano }: Summary, { health, nowUnixNano }: Asked): boolean {
  if (!health) return true
  if (state === 'permanent') return !health.include_permanent_errors
  if (state === 'recoverable' && health.include_recoverable_errors)
    return nowUnixNano - sinceUnixNano < BigInt(health.recovery_duration) * 1_000_000n
  return state !== 'fatal'
}

/** As Go writes times in JSON: no zeros at the end of the second's fraction. */
export function rfc3339Nano(unixNano: bigint): string {
  const second = new Date(Number(unixNano / 1_000_000_000n) * 1000).toISOString().slice(0, 19)
  const fraction = String(unixNano % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '')
  return `${second}${fraction && `.${fraction}`}Z`
}
