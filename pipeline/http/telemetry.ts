/** The own metrics and log lines of a listener. */
import type { Clock } from '../clock.ts'
import { Instruments } from '../instruments.ts'
import { LimitedLog } from '../limited-log.ts'
import type { Logger, Meter } from '../telemetry.ts'
import type { DropReason } from './connections.ts'

export type ListenerTelemetry = ReturnType<typeof createListenerTelemetry>

const LOG_MS = 60_000

const MEANING: Readonly<Record<DropReason, string>> = {
  silent: 'too many connections, and this one had made no request',
  idle: 'too many connections, and this one waited for its next request',
  busy: 'too many connections, and this one had waited for its answer for the longest time',
  upgraded: 'too many connections, and this client had most of them, all upgraded',
  slow: 'the answer was not read in time, or others waited for a turn',
  timeout: 'the request did not arrive in time',
  handshake: 'the TLS handshake failed',
  pipelined: 'too many requests ahead of their answers',
}

/** Counts every loss; logs at most one line a minute, the sum in it. `listener` is its place in the configuration. */
export function createListenerTelemetry(
  { meter, log, clock }: { readonly meter: Meter; readonly log: Logger; readonly clock: Clock },
  listener: string,
) {
  const own = new Instruments(meter, { listener })
  const dropped = own.counter(
    'http_dropped_connections',
    '{connection}',
    'Connections that a listener closed before their client did, by reason',
  )
  const refused = own.counter(
    'http_refused_requests',
    '{request}',
    'Requests that a listener did not serve, by HTTP status',
  )
  const limited = new LimitedLog(clock, LOG_MS, (connections, { message }) =>
    log.warn({ listener, connections, newest: message }, 'Connections of clients were closed'),
  )
  return {
    dropped(reason: DropReason): void {
      dropped(1, { reason })
      limited.add(1, new Error(MEANING[reason]))
    },
    refused: (status: number): void => refused(1, { status: String(status) }),
  }
}
