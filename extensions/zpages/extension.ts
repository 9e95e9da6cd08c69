import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Component, Create, Host } from '../../pipeline/component.ts'
import { answer } from '../../pipeline/http/answer.ts'
import type { ListenerLease } from '../../pipeline/http/lease.ts'
import type { Route } from '../../pipeline/http/route.ts'
import { serveRoutes } from '../../pipeline/http/serve.ts'
import type { Config } from './config.ts'
import { PAGE_HEADERS, PATHS } from './html.ts'
import { extensionsPage, featuresPage, pipelinesPage, servicePage } from './pages.ts'
import { Rates } from './rates.ts'

type Seen = Pick<Host, 'service' | 'health' | 'statuses' | 'inside'>

/** Serves pages about what runs in the process. */
export class Zpages implements Component {
  readonly #create: Create<Config>
  readonly #clock: Clock
  #listener: ListenerLease | undefined

  constructor(create: Create<Config>, clock: Clock = systemClock) {
    this.#create = create
    this.#clock = clock
  }

  async start(host: Seen, abort: AbortSignal): Promise<void> {
    abort.throwIfAborted()
    this.#listener = await serveRoutes(host, this.#create, {
      kind: 'extensions',
      routes: this.#routes(host),
      failure: 'Showing a page about the process failed',
      clock: systemClock,
    })
    this.#create.log.info({ url: `${this.#listener.url}${PATHS.servicez}` }, 'Showing what runs')
  }

  async shutdown(abort: AbortSignal): Promise<void> {
    await this.#listener?.release(abort)
  }

  #routes({ health, statuses, inside = { version: '', gates: [] } }: Seen): Route[] {
    const rates = inside.measure && new Rates(inside.measure, this.#clock)
    const isLive = (query: string) => new URLSearchParams(query).get('refresh') !== 'off'
    return [
      toRoute(PATHS.servicez, 'The process', () => servicePage(inside, health)),
      toRoute(PATHS.pipelinez, 'Its pipelines, with rates', async query =>
        pipelinesPage(statuses.list(), await rates?.read(), isLive(query)),
      ),
      toRoute(PATHS.extensionz, 'Its extensions', () => extensionsPage(statuses.list())),
      toRoute(PATHS.featurez, 'Its feature gates', () => featuresPage(inside)),
    ]
  }
}

function toRoute(path: string, title: string, render: (query: string) => string | Promise<string>): Route {
  return {
    path,
    title,
    async handle({ response, query, client }) {
      const page = await render(query)
      if (!client.isGone) answer(response, 200, page, PAGE_HEADERS)
    },
  }
}
