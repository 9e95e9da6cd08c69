import { join } from 'node:path'
import { systemClock } from '../../pipeline/clock.ts'
import type { Create, Host, Part } from '../../pipeline/component.ts'
import type { Lease } from '../../pipeline/services.ts'
import type { Storage, Store } from '../../pipeline/storage.ts'
import { ComponentFile } from './component-file.ts'
import type { Config } from './config.ts'
import { prepareDirectory } from './directory.ts'
import { observe, type Totals } from './telemetry.ts'

/** A share of an instance of a component in its file. */
interface Share {
  readonly component: string
  readonly lease: Lease<ComponentFile>
}

/**
 * Gives components files of their own, opened when the first instance of a component asks and closed with the last. A file is one for the
 * whole process: when the configuration is applied anew, an instance of the storage that takes the place of another uses it with that one.
 */
export class FileStorage implements Part {
  readonly consumers = {}
  readonly offers: { readonly storage: Storage }
  readonly #context: Create<Config>
  readonly #shares = new Set<Share>()
  /** Under way, and those that failed. */
  readonly #releases = new Set<Promise<void>>()
  readonly #files = new Map<string, ComponentFile>()
  /** Of files that are closed. */
  readonly #totals: Totals = { refused: 0, damaged: 0 }
  #host: Host | undefined
  #stopObserving = () => {}

  constructor(context: Create<Config>) {
    this.#context = context
    this.offers = { storage: { open: (component, onRecords) => this.#open(component, onRecords) } }
  }

  async start(host: Host): Promise<void> {
    const { config, id, meter } = this.#context
    prepareDirectory(config)
    this.#host = host
    this.#stopObserving = observe(meter, id, this.#files, this.#totals)
  }

  /** Closes all files, and waits for those that components have let go. */
  async shutdown(abort: AbortSignal): Promise<void> {
    this.#stopObserving()
    await Promise.all([...this.#releases, ...[...this.#shares].map(share => this.#release(share, abort))])
  }

  async #open(component: string, onRecords: (log: string) => void): Promise<Store> {
    const { fsync, max_size: maxBytes, directory } = this.#context.config
    const path = join(directory, `${encodeURIComponent(component)}.db`)
    const lease = await this.#host!.service(`file_storage ${path}`, () => this.#openFile(path))
    const share = { component, lease }
    this.#shares.add(share)
    this.#files.set(component, lease.value)
    const store = lease.value.open({ fsync, maxBytes }, onRecords)
    const close = () => {
      store.close()
      this.#release(share, AbortSignal.abort()).catch(() => {}) // `shutdown` says it
    }
    return { ...store, close }
  }

  /** SQLite is loaded by those alone who use it. */
  async #openFile(path: string): Promise<ComponentFile> {
    const { config, log } = this.#context
    const { openDatabase } = await import('./open-database.ts')
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

  /** With the last share of a component its file goes, unless another instance of the storage has it. */
  async #release(share: Share, abort: AbortSignal): Promise<void> {
    if (!this.#shares.delete(share)) return
    const { component, lease } = share
    const isLast = [...this.#shares].every(other => other.component !== component)
    if (isLast && this.#files.delete(component)) {
      this.#totals.refused += lease.value.refused
      this.#totals.damaged += lease.value.damaged
    }
    const released = lease.release(abort)
    this.#releases.add(released)
    await released
    this.#releases.delete(released)
  }
}
