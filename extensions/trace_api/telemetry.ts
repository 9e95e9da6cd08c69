/** The own metrics of the API. */
import { Instruments } from '../../pipeline/instruments.ts'
import type { Meter } from '../../pipeline/telemetry.ts'

export type Telemetry = ReturnType<typeof createTelemetry>

export function createTelemetry(meter: Meter, id: string) {
  const own = new Instruments(meter, { extension: id })
  const answered = own.counter(
    'extension_trace_api_answered_requests',
    '{request}',
    'Requests that were answered, by route and status',
  )
  const opened = own.upDownCounter(
    'extension_trace_api_open_streams',
    '{stream}',
    'Streams of calls and statuses that are being read',
  )
  const sent = own.counter(
    'extension_trace_api_sent_messages',
    '{message}',
    'Messages that were written to clients',
  )
  const missed = own.counter(
    'extension_trace_api_missed_messages',
    '{message}',
    'Messages that clients did not get and were told of, by reason',
  )
  return {
    answered: (route: string, status: number): void => answered(1, { route, status: String(status) }),
    opened: (streams: number): void => opened(streams),
    sent: (messages: number, kind: string): void => sent(messages, { kind }),
    missed: (messages: number, reason: string): void => missed(messages, { reason }),
  }
}
