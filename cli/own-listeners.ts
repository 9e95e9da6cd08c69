/** The listeners at which the process is asked about itself: `service::telemetry::metrics::readers`. */
import type { Clock } from '../pipeline/clock.ts'
import type { Host } from '../pipeline/component.ts'
import type { Endpoint } from '../pipeline/config.ts'
import { SwollError } from '../pipeline/errors.ts'
import { type ListenerLease, leaseListener } from '../pipeline/http/lease.ts'
import type { Route } from '../pipeline/http/route.ts'
import type { Logger, Meter } from '../pipeline/telemetry.ts'

interface Parts {
  readonly host: Pick<Host, 'service'>
  readonly meter: Meter
  readonly log: Logger
  readonly clock: Clock
}

const LIMITS = { tls: undefined, headerTimeoutMs: 10_000, writeTimeoutMs: 30_000, idleTimeoutMs: 120_000 }

export class OwnListeners {
  readonly #routes: readonly Route[]
  readonly #parts: Parts
  readonly #leases: ListenerLease[] = []

  constructor(routes: readonly Route[], parts: Parts) {
    this.#routes = routes
    this.#parts = parts
  }

  /** Resolves with their URLs, without a path. Rejects with COMPONENT_START_FAILED, naming the key to change. */
  async listen(endpoints: readonly Endpoint[]): Promise<readonly string[]> {
    for (const [i, endpoint] of endpoints.entries()) {
      const place = `service::telemetry::metrics::readers::${i}::pull::exporter::prometheus`
      this.#leases.push(await this.#lease(endpoint, place))
    }
    return this.#leases.map(({ url }) => url)
  }

  /** At once. Safe twice. */
  async close(): Promise<void> {
    await Promise.all(this.#leases.map(lease => lease.release(AbortSignal.abort())))
  }

  #lease(endpoint: Endpoint, place: string): Promise<ListenerLease> {
    const { host, log } = this.#parts
    const onError = (error: Error) => log.error({ error: error.stack }, 'Answering about this process failed')
    const user = { ...this.#parts, place, endpoint, limits: LIMITS, routes: this.#routes, onError }
    return leaseListener(host, user).catch((cause: Error) => {
      const message = `${cause.message}, or set service::telemetry::metrics::level to none`
      throw new SwollError('COMPONENT_START_FAILED', message, { cause })
    })
  }
}
