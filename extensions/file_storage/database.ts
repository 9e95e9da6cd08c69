/**
 * One file with the records of one component: an SQLite database, in which a record is there whole or not at all, whenever the process ends.
 * SQLite notices damage to its own structure; that of a record's data is found by a checksum.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { NewRecord, StoredRecord } from '../../pipeline/storage.ts'
import { type Row, toRecord, toRow } from './row.ts'

/** Bytes of a page, the unit of the file. */
const PAGE_BYTES = 4096
/** Pages given back at once: more would take long. */
const SHRUNK_PAGES = 1024
/** Most bytes that the write-ahead log keeps while it is not used. */
const KEPT_LOG_BYTES = 2 ** 22

const SCHEMA = `create table if not exists records(
  id integer primary key autoincrement, log text not null, format text not null, items integer not null,
  checksum integer not null, data blob not null) strict;
create index if not exists records_by_log on records(log, id)`

/** What can change while the file is open. */
export interface Settings {
  readonly fsync: boolean
  readonly maxBytes: number
}

export interface DatabaseOptions extends Settings {
  readonly timeoutMs: number
}

export class Database {
  readonly #db: DatabaseSync
  readonly #insert: StatementSync
  readonly #list: StatementSync
  readonly #logs: StatementSync
  readonly #read: StatementSync
  readonly #remove: StatementSync

  /** `open` makes the connection, which is this object's then. Throws what SQLite says, also if another process has the file. */
  constructor(open: (timeoutMs: number) => DatabaseSync, options: DatabaseOptions) {
    const db = open(options.timeoutMs)
    this.#db = db
    try {
      db.exec(
        `pragma page_size = ${PAGE_BYTES}; pragma auto_vacuum = incremental; pragma locking_mode = exclusive`,
      )
      db.exec(`pragma journal_mode = wal; pragma journal_size_limit = ${KEPT_LOG_BYTES}`)
      this.set(options)
      db.exec(SCHEMA)
      this.#insert = db.prepare(
        'insert into records(log, format, items, checksum, data) values(?, ?, ?, ?, ?)',
      )
      // The length of data is known without reading it.
      this.#list = db.prepare(
        'select id, format, items, length(data) as bytes from records where log = ? order by id',
      )
      this.#logs = db.prepare('select distinct log from records')
      this.#read = db.prepare('select log, format, items, checksum, data from records where id = ?')
      this.#remove = db.prepare('delete from records where id = ?')
    } catch (error) {
      db.close()
      throw error
    }
  }

  set({ fsync, maxBytes }: Settings): void {
    this.#db.exec(`pragma synchronous = ${fsync ? 'full' : 'normal'}`)
    this.#db.exec(`pragma max_page_count = ${Math.max(16, Math.floor(maxBytes / PAGE_BYTES))}`)
  }

  /** Throws if the structure of the file is damaged. Reads all of it. */
  check(): void {
    const found = String(this.#db.prepare('pragma quick_check(1)').get()!.quick_check)
    if (found !== 'ok') throw new Error(found)
  }

  /** Throws what SQLite says, with nothing written. */
  append(log: string, { format, items, data }: NewRecord): StoredRecord {
    const { checksum } = toRow(log, { format, items, data })
    const { lastInsertRowid } = this.#insert.run(log, format, items, checksum, data)
    return { id: Number(lastInsertRowid), format, items, bytes: data.length }
  }

  logs(): string[] {
    return this.#logs.all().map(({ log }) => String(log))
  }

  list(log: string): StoredRecord[] {
    return this.#list.all(log) as unknown as StoredRecord[]
  }

  /** Returns undefined if it is not there, or not what was appended. */
  read(id: number): Uint8Array | undefined {
    const row = this.#read.get(id) as unknown as Row | undefined
    return row && toRecord(row)?.data
  }

  remove(id: number): void {
    this.#remove.run(id)
  }

  /** Moves all from the write-ahead log to the file, so that the log is written from its beginning. */
  checkpoint(): void {
    this.#db.exec('pragma wal_checkpoint(restart)')
  }

  /** Gives back to the file system some of what is free in the file. */
  shrink(): void {
    this.#db.exec(`pragma incremental_vacuum(${SHRUNK_PAGES})`)
  }

  /** Bytes of the file, and of those the ones that are free. */
  size(): { readonly bytes: number; readonly freeBytes: number } {
    const pages = (pragma: string) => Number(Object.values(this.#db.prepare(`pragma ${pragma}`).get()!)[0])
    return { bytes: pages('page_count') * PAGE_BYTES, freeBytes: pages('freelist_count') * PAGE_BYTES }
  }

  close(): void {
    this.#db.close()
  }
}
