/** The listeners at which the process is asked about itself: `service::telemetry::metrics::readers`. */
import { SwollError } from '../pipeline/errors.ts'
import { type ListenerLease, type ListenerUser, leaseListener } from '../pipeline/http/lease.ts'

const LIMITS = { tls: undefined, headerTimeoutMs: 10_000, writeTimeoutMs: 30_000, idleTimeoutMs: 120_000 }

/** Leases the listener of reader number `i`. Rejects with COMPONENT_START_FAILED, naming the key to change. */
export async function leaseOwnListener(
  host: Parameters<typeof leaseListener>[0],
  i: number,
  user: Pick<ListenerUser, 'endpoint' | 'routes' | 'log' | 'meter' | 'clock'>,
): Promise<ListenerLease> {
  const place = `service::telemetry::metrics::readers::${i}::pull::exporter::prometheus`
  const onError = (error: Error) =>
    user.log.error({ error: error.stack }, 'Answering about this process failed')
  return leaseListener(host, { ...user, place, limits: LIMITS, onError }).catch((cause: Error) => {
    const message = `${cause.message}, or set service::telemetry::metrics::level to none`
    throw new SwollError('COMPONENT_START_FAILED', message, { cause })
  })
}
