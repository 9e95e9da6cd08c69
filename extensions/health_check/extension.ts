/** Answers for the health of the process over HTTP. */
import { systemClock } from '../../pipeline/clock.ts'
import type { Component, Create, Host } from '../../pipeline/component.ts'
import { livezRoute, readyzRoute, startupzRoute } from '../../pipeline/http/health-routes.ts'
import { type ListenerLease, leaseListener } from '../../pipeline/http/lease.ts'
import { readLimits } from '../../pipeline/http/limits.ts'
import type { Config } from './config.ts'

export class HealthCheck implements Component {
  readonly #create: Create<Config>
  #listener: ListenerLease | undefined

  constructor(create: Create<Config>) {
    this.#create = create
  }

  async start(host: Pick<Host, 'service' | 'health'>, abort: AbortSignal): Promise<void> {
    const { config, id, log, meter } = this.#create
    const { health } = host
    abort.throwIfAborted()
    const limits = await readLimits(`extensions::${id}`, config)
    this.#listener = await leaseListener(host, {
      place: `extensions::${id}::endpoint`,
      endpoint: config.endpoint,
      limits,
      routes: [
        readyzRoute(health, config.path),
        livezRoute(health),
        readyzRoute(health),
        startupzRoute(health),
      ],
      onError: error => log.error({ error: error.stack }, 'Answering for the health of the process failed'),
      log,
      meter,
      clock: systemClock,
    })
    log.info({ url: `${this.#listener.url}${config.path}` }, 'Answering for the health of the process')
  }

  async shutdown(abort: AbortSignal): Promise<void> {
    await this.#listener?.release(abort)
  }
}
