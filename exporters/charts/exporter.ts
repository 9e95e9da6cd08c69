/** Keeps the numbers of the last while, and serves the page and the API about them. */
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Consumers, Create, Host, Part } from '../../pipeline/component.ts'
import type { Endpoint } from '../../pipeline/config.ts'
import { type AccessBoard, leaseAccess } from '../../pipeline/http/access.ts'
import type { ListenerLease } from '../../pipeline/http/lease.ts'
import type { Route } from '../../pipeline/http/route.ts'
import { serveRoutes } from '../../pipeline/http/serve.ts'
import type { Lease } from '../../pipeline/services.ts'
import type { Observed } from '../../seccomp/observed.ts'
import { leaseObserved } from '../../seccomp/service.ts'
import type { History } from '../../stats/history.ts'
import { leaseHistory } from '../../stats/service.ts'
import { notRunning } from '../shared/consumers.ts'
import { createAbout } from './about.ts'
import { Answers } from './answers.ts'
import type { Config } from './config.ts'
import { createData } from './data.ts'
import { createRoute } from './route.ts'
import { createTelemetry } from './telemetry.ts'

const FAILURE = 'Serving charts failed'

export class ChartsExporter implements Part {
  readonly consumers: Consumers
  readonly #create: Create<Config>
  readonly #clock: Clock
  #history: Lease<History> | undefined
  #seen: Lease<Observed> | undefined
  #access: Lease<AccessBoard> | undefined
  #listener: ListenerLease | undefined
  #answers: Answers | undefined
  #stopObserving = () => {}
  #hide: (abort: AbortSignal) => Promise<void> = async () => {}
  #isShutDown = false
  /** The address in use, once started: has the port where 0 was asked for. */
  endpoint: Endpoint | undefined

  constructor(create: Create<Config>, clock: Clock = systemClock) {
    this.#create = create
    this.#clock = clock
    this.consumers = {
      metrics: {
        mutates: false,
        consume: async batch => {
          if (this.#isShutDown || !this.#history) throw notRunning(create)
          this.#history.value.take(batch)
          this.#seen?.value.take(batch)
        },
      },
    }
  }

  async start(host: Host, abort: AbortSignal): Promise<void> {
    const { config, log, meter, id } = this.#create
    abort.throwIfAborted()
    const options = { clock: this.#clock, maxBytes: config.max_memory, retentionMs: config.retention }
    this.#history = await leaseHistory(host, options)
    this.#stopObserving = createTelemetry(meter, id, this.#history.value)
    if (config.seen) this.#seen = await leaseObserved(host)
    this.#access = await leaseAccess(host)
    this.#listener = await serveRoutes(host, this.#create, {
      kind: 'exporters',
      routes: [this.#route({ login: config.login, isApi: false })],
      failure: FAILURE,
      clock: this.#clock,
    })
    this.endpoint = this.#listener.endpoint
    if (config.api) this.#hide = this.#show(this.#access.value, this.endpoint)
    log.info({ url: `${this.#listener.url}${config.path}` }, 'Serving charts')
  }

  /** At the address of the API, too. */
  #show(access: AccessBoard, endpoint: Endpoint) {
    const { id, log } = this.#create
    const owner = {
      place: `exporters::${id}::path`,
      onError: (error: Error) => log.error({ error: error.stack }, FAILURE),
    }
    return access.show({ route: this.#route({ login: true, isApi: true }), endpoint, owner })
  }

  /** `isApi`: at the address of the API. */
  #route({ login, isApi }: { readonly login: boolean; readonly isApi: boolean }): Route {
    const history = this.#history!.value
    const access = this.#access!.value
    this.#answers ??= new Answers(history)
    const data = createData(history, this.#seen?.value)
    const facts = { history, access, needsLogin: login, hasSeen: 'seen' in data }
    const endpoint = () => (isApi ? access.current?.endpoint : this.endpoint)
    return createRoute({
      path: this.#create.config.path,
      history,
      answers: this.#answers,
      data,
      about: createAbout({ ...facts, endpoint }),
      access: () => (login ? access.current : 'all'),
    })
  }

  async shutdown(abort: AbortSignal): Promise<void> {
    this.#isShutDown = true
    this.#stopObserving()
    this.#answers?.close()
    await this.#hide(abort)
    await this.#listener?.release(abort)
    await this.#access?.release(abort)
    await this.#seen?.release(abort)
    await this.#history?.release(abort)
  }
}
