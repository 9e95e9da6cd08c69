/** Answers for the health of the process over HTTP. */
import { systemClock } from '../../pipeline/clock.ts'
import type { Component, Create, Host } from '../../pipeline/component.ts'
import { healthRoutes } from '../../pipeline/http/health-routes.ts'
import type { ListenerLease } from '../../pipeline/http/lease.ts'
import { serveRoutes } from '../../pipeline/http/serve.ts'
import type { Config } from './config.ts'

export class HealthCheck implements Component {
  readonly #create: Create<Config>
  #listener: ListenerLease | undefined

  constructor(create: Create<Config>) {
    this.#create = create
  }

  async start(host: Pick<Host, 'service' | 'health'>, abort: AbortSignal): Promise<void> {
    const { config, log } = this.#create
    const { livez, readyz, startupz } = healthRoutes(host.health)
    abort.throwIfAborted()
    this.#listener = await serveRoutes(host, this.#create, {
      kind: 'extensions',
      routes: [{ ...readyz, path: config.path }, livez, readyz, startupz],
      failure: 'Answering for the health of the process failed',
      clock: systemClock,
    })
    log.info({ url: `${this.#listener.url}${config.path}` }, 'Answering for the health of the process')
  }

  async shutdown(abort: AbortSignal): Promise<void> {
    await this.#listener?.release(abort)
  }
}
