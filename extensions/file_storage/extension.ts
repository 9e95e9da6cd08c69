import { join } from 'node:path'
import { systemClock } from '../../pipeline/clock.ts'
import type { Create, Host, Part } from '../../pipeline/component.ts'
import type { Storage, Store } from '../../pipeline/storage.ts'
import { ComponentFile } from './component-file.ts'
import type { Config } from './config.ts'
import { prepareDirectory } from './directory.ts'
import { observe, type Totals } from './telemetry.ts'

/** Gives components files of their own, opened when the first instance of a component asks and closed with the last. */
export class FileStorage implements Part {
  readonly consumers = {}
  readonly offers: { readonly storage: Storage }
  readonly #context: Create<Config>
  readonly #files = new Map<string, ComponentFile>()
  /** Of files that are closed. */
  readonly #totals: Totals = { refused: 0, damaged: 0 }
  #stopObserving = () => {}

  constructor(context: Create<Config>) {
    this.#context = context
    this.offers = { storage: { open: (component, onRecords) => this.#open(component, onRecords) } }
  }

  async start(_host: Host): Promise<void> {
    const { config, id, meter } = this.#context
    prepareDirectory(config)
    this.#stopObserving = observe(meter, id, this.#files, this.#totals)
  }

  async shutdown(): Promise<void> {
    this.#stopObserving()
    for (const component of [...this.#files.keys()]) this.#close(component)
  }

  async #open(component: string, onRecords: (log: string) => void): Promise<Store> {
    const file = this.#files.get(component) ?? (await this.#openFile(component))
    this.#files.set(component, file)
    const store = file.open(onRecords)
    const close = () => {
      store.close()
      if (file.isUnused && this.#files.get(component) === file) this.#close(component)
    }
    return { ...store, close }
  }

  /** SQLite is loaded by those alone who use it. */
  async #openFile(component: string): Promise<ComponentFile> {
    const { config, log } = this.#context
    const { openDatabase } = await import('./open-database.ts')
    const path = join(config.directory, `${encodeURIComponent(component)}.db`)
    const { database, damage } = openDatabase(path, config.recreate, {
      fsync: config.fsync,
      timeoutMs: config.timeout,
      maxBytes: config.max_size,
    })
    if (damage) {
      const { aside, cause, salvaged } = damage
      log.error(
        { path, aside, salvaged, error: cause.message },
        'A file was damaged: put aside, what could be read goes on',
      )
    }
    return new ComponentFile({ path, database, log, clock: systemClock })
  }

  #close(component: string): void {
    const file = this.#files.get(component)!
    this.#files.delete(component)
    this.#totals.refused += file.refused
    this.#totals.damaged += file.damaged
    file.close()
  }
}
