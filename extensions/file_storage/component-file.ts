/** The file of one component, with all instances that use it now: faults of the disk and damage are counted here, and said. */
import { rmSync } from 'node:fs'
import type { Clock } from '../../pipeline/clock.ts'
import { LimitedLog } from '../../pipeline/limited-log.ts'
import type { Service } from '../../pipeline/services.ts'
import type { NewRecord, Store, StoredRecord } from '../../pipeline/storage.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { Claims, type Holder } from './claims.ts'
import type { Database, Settings } from './database.ts'
import { Reserve } from './reserve.ts'

const LOG_EVERY_MS = 30_000
/** So much free room in the file is given back when the last record has gone. */
const SHRINK_BYTES = 2 ** 22

interface Options {
  readonly path: string
  readonly database: Database
  readonly log: Logger
  readonly clock: Clock
}

export class ComponentFile implements Service {
  readonly #options: Options
  readonly #claims = new Claims()
  readonly #reserve: Reserve
  /** Records that have gone, and that the disk still has, oldest first. */
  readonly #unremoved = new Set<number>()
  readonly #refusals: LimitedLog
  readonly #damages: LimitedLog
  /** Records that the disk refused, and those that were not what had been written. */
  refused = 0
  damaged = 0

  constructor(options: Options) {
    const { path, clock, log } = options
    this.#options = options
    this.#reserve = new Reserve(`${path}-reserve`)
    if (options.database.logs().length > 0) this.#reserve.fill()
    this.#refusals = new LimitedLog(clock, LOG_EVERY_MS, (records, { message }) =>
      log.error({ path, records, error: message }, 'Records could not be written to the disk'),
    )
    this.#damages = new LimitedLog(clock, LOG_EVERY_MS, (records, { message }) =>
      log.error({ path, records, error: message }, 'Records on the disk are damaged, and lost'),
    )
  }

  size(): ReturnType<Database['size']> {
    return this.#options.database.size()
  }

  /** A share for one instance of the component. */
  open(settings: Settings, onRecords: (log: string) => void): Store {
    const { database } = this.#options
    const holder: Holder = { settings, onRecords }
    this.#claims.add(holder)
    database.set(settings)
    return {
      append: (log, record) => this.#append(holder, log, record),
      unclaimed: () => database.logs().filter(log => this.#list(log).length > 0),
      claim: log => this.#claim(holder, log),
      read: id => this.#read(id),
      remove: id => this.#remove(id),
      close: () => this.#leave(holder),
    }
  }

  /** Closes the file; one without records is removed. */
  async close(): Promise<void> {
    const { database, path } = this.#options
    this.#refusals.flush()
    this.#damages.flush()
    this.#removeAll()
    this.#reserve.release()
    const isEmpty = database.logs().length === 0
    database.close()
    if (isEmpty) rmSync(path, { force: true })
  }

  #leave(holder: Holder): void {
    this.#claims.remove(holder)
    const { latest } = this.#claims
    if (latest) this.#options.database.set(latest.settings)
  }

  #append(holder: Holder, log: string, record: NewRecord): StoredRecord | undefined {
    let stored: StoredRecord
    try {
      stored = this.#options.database.append(log, record)
    } catch (error) {
      this.#refuse(error)
      return undefined
    }
    this.#claims.take(holder, log, stored.id)
    this.#tidy()
    return stored
  }

  /** What fails here does not touch the record that is there already. */
  #tidy(): void {
    try {
      this.#reserve.fill()
      this.#removeAll()
    } catch (error) {
      this.#refuse(error)
    }
  }

  #refuse(error: unknown): void {
    this.refused++
    this.#refusals.add(1, error as Error)
  }

  #claim(holder: Holder, log: string): StoredRecord[] {
    const records = this.#list(log)
    for (const { id } of records) this.#claims.take(holder, log, id)
    return records
  }

  /** Records that no instance has. */
  #list(log: string): StoredRecord[] {
    return this.#options.database
      .list(log)
      .filter(({ id }) => !this.#claims.isTaken(id) && !this.#unremoved.has(id))
  }

  #read(id: number): Uint8Array | undefined {
    let why = new Error('the checksum is another')
    try {
      const data = this.#options.database.read(id)
      if (data) return data
    } catch (error) {
      why = error as Error
    }
    this.damaged++
    this.#damages.add(1, why)
    return undefined
  }

  #remove(id: number): void {
    this.#claims.forget(id)
    this.#unremoved.add(id)
    this.#removeAll()
    if (!this.#unremoved.has(id)) return
    this.refused++
    this.#refusals.add(1, new Error('no room to remove a record that was sent'))
  }

  /** Removes what is to be removed, as far as the disk lets it. What is left is removed later; after a kill it comes again. */
  #removeAll(): void {
    if (this.#unremoved.size === 0) return
    const { database } = this.#options
    for (const id of this.#unremoved) {
      if (!this.#tryRemove(id)) return
      this.#unremoved.delete(id)
    }
    const { bytes, freeBytes } = database.size()
    if (freeBytes > SHRINK_BYTES && freeBytes > bytes / 2) attempt(() => database.shrink())
  }

  #tryRemove(id: number): boolean {
    const { database } = this.#options
    const remove = () => attempt(() => database.remove(id))
    if (remove()) return true
    // The log may be written anew from its start; if what is in it finds no place in the file, the reserve makes room.
    if (attempt(() => database.checkpoint()) && remove()) return true
    if (!this.#reserve.release()) return false
    attempt(() => database.checkpoint())
    return remove()
  }
}

/** Whether the disk did it. */
function attempt(work: () => void): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
