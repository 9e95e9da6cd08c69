/** Answers for the health of the process over HTTP. */
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Component, Create, Host } from '../../pipeline/component.ts'
import { healthRoutes } from '../../pipeline/http/health-routes.ts'
import type { ListenerLease } from '../../pipeline/http/lease.ts'
import type { Route } from '../../pipeline/http/route.ts'
import { type ListenerConfig, serveRoutes } from '../../pipeline/http/serve.ts'
import type { Config } from './config.ts'
import { statusRoutes } from './status-routes.ts'

type Watched = Pick<Host, 'service' | 'health' | 'statuses' | 'showConfig'>

export class HealthCheck implements Component {
  readonly #create: Create<Config>
  readonly #clock: Clock
  #listener: ListenerLease | undefined

  constructor(create: Create<Config>, clock: Clock = systemClock) {
    this.#create = create
    this.#clock = clock
  }

  async start(host: Watched, abort: AbortSignal): Promise<void> {
    const { config, log } = this.#create
    const { livez, readyz, startupz } = healthRoutes(host.health)
    const own: Route[] = config.use_v2
      ? statusRoutes(config, host, this.#clock)
      : [{ ...readyz, path: config.path }]
    const probes = [livez, readyz, startupz]
    abort.throwIfAborted()
    this.#listener = await serveRoutes(host, this.#serving(), {
      kind: 'extensions',
      // The last of a path answers there: states where the configuration says so, as in the Collector.
      routes: config.use_v2 ? [...probes, ...own] : [...own, ...probes],
      failure: 'Answering for the health of the process failed',
      clock: systemClock,
    })
    const { path } = own[0] ?? livez
    log.info({ url: `${this.#listener.url}${path}` }, 'Answering for the health of the process')
  }

  /** The listener's keys, and where they are. */
  #serving(): Create<ListenerConfig> {
    const { config, id } = this.#create
    return config.use_v2
      ? { ...this.#create, id: `${id}::http`, config: config.http! }
      : { ...this.#create, config }
  }

  async shutdown(abort: AbortSignal): Promise<void> {
    await this.#listener?.release(abort)
  }
}
