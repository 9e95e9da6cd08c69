/** Where the process is asked about itself: `service::telemetry::metrics::readers`. */
import type { Clock } from '../pipeline/clock.ts'
import { type Endpoint, formatEndpoint } from '../pipeline/config.ts'
import { SwollError } from '../pipeline/errors.ts'
import { HttpListener } from '../pipeline/http/listener.ts'
import type { Route } from '../pipeline/http/route.ts'
import { createListenerTelemetry } from '../pipeline/http/telemetry.ts'
import type { Logger, Meter } from '../pipeline/telemetry.ts'

interface Parts {
  readonly meter: Meter
  readonly log: Logger
  readonly clock: Clock
}

export class OwnListeners {
  readonly #routes: readonly Route[]
  readonly #parts: Parts
  readonly #listeners: HttpListener[] = []

  constructor(routes: readonly Route[], parts: Parts) {
    this.#routes = routes
    this.#parts = parts
  }

  /** Resolves with their URLs, without a path. Rejects with COMPONENT_START_FAILED, naming the key to change. */
  async listen(endpoints: readonly Endpoint[]): Promise<readonly string[]> {
    const urls: string[] = []
    for (const [i, endpoint] of endpoints.entries()) {
      const place = `service::telemetry::metrics::readers::${i}::pull::exporter::prometheus`
      const listener = this.#create(endpoint, place)
      this.#listeners.push(listener)
      const found = await listener.listen().catch((cause: Error) => {
        const message = `${place}: ${cause.message}, or set service::telemetry::metrics::level to none`
        throw new SwollError('COMPONENT_START_FAILED', message, { cause })
      })
      urls.push(`http://${formatEndpoint(found)}`)
    }
    return urls
  }

  /** At once. Safe twice. */
  async close(): Promise<void> {
    await Promise.all(this.#listeners.map(listener => listener.close(AbortSignal.abort())))
  }

  #create(endpoint: Endpoint, place: string): HttpListener {
    const { log, clock } = this.#parts
    return new HttpListener({
      endpoint,
      tls: undefined,
      routes: this.#routes,
      headerTimeoutMs: 10_000,
      writeTimeoutMs: 30_000,
      idleTimeoutMs: 120_000,
      clock,
      telemetry: createListenerTelemetry(this.#parts, place),
      onError: error => log.error({ error: error.stack }, 'Answering about this process failed'),
    })
  }
}
