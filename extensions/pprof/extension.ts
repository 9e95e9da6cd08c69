import { systemClock } from '../../pipeline/clock.ts'
import type { Component, Create, Host } from '../../pipeline/component.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { ListenerLease } from '../../pipeline/http/lease.ts'
import { serveRoutes } from '../../pipeline/http/serve.ts'
import type { Config } from './config.ts'
import { indexRoute } from './index-page.ts'
import type { SavedProfile } from './saved-profile.ts'

/** Profiles this process for whoever asks, and from start to stop where a file is named. */
export class Pprof implements Component {
  readonly #create: Create<Config>
  #listener: ListenerLease | undefined
  #saved: SavedProfile | undefined

  constructor(create: Create<Config>) {
    this.#create = create
  }

  /** Rejects with COMPONENT_START_FAILED if the file cannot be opened, or as `serveRoutes` does. */
  async start(host: Pick<Host, 'service'>, abort: AbortSignal): Promise<void> {
    const { config, log } = this.#create
    const { profileRoutes } = await import('./routes.ts')
    abort.throwIfAborted()
    this.#saved = await this.#startSaved(config.save_to_file)
    const busy = new Set<'cpu' | 'heap'>(this.#saved ? ['cpu'] : [])
    const routes = profileRoutes({ clock: systemClock, busy })
    this.#listener = await serveRoutes(host, this.#create, {
      kind: 'extensions',
      routes: [indexRoute(routes), ...routes],
      failure: 'Taking a profile failed',
      clock: systemClock,
    })
    for (const key of ['block_profile_fraction', 'mutex_profile_fraction'] as const)
      if (config[key] > 0) log.warn({ key }, 'This key has no effect: JavaScript has no such profile')
    log.info({ url: `${this.#listener.url}/debug/pprof/` }, 'Taking profiles on request')
  }

  /** Rejects if the profile of the whole run cannot be written. */
  async shutdown(abort: AbortSignal): Promise<void> {
    await this.#listener?.release(abort)
    const saved = this.#saved
    this.#saved = undefined
    await saved?.end().catch((cause: Error) => this.#refuse('COMPONENT_STOP_FAILED', cause))
  }

  async #startSaved(path: string): Promise<SavedProfile | undefined> {
    if (path === '') return undefined
    const { SavedProfile } = await import('./saved-profile.ts')
    return SavedProfile.start(path, systemClock).catch((cause: Error) =>
      this.#refuse('COMPONENT_START_FAILED', cause),
    )
  }

  #refuse(code: SwollError['code'], cause: Error): never {
    const { id, config } = this.#create
    const path = JSON.stringify(config.save_to_file)
    const message = `extensions::${id}::save_to_file: must be a file that can be written, got ${path} (${cause.message}); check path and space`
    throw new SwollError(code, message, { cause })
  }
}
