/** Opens the file of a component. One that is no database any more is put aside, and what can be read of it goes into a new one. */
import { chmodSync, closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { SwollError } from '../../pipeline/errors.ts'
import { Database, type DatabaseOptions } from './database.ts'
import { salvage } from './salvage.ts'

/** Codes of SQLite (https://sqlite.org/rescode.html), of which the lower byte is the kind. */
const BUSY = 5
/** PERM, NOMEM, IOERR, FULL, CANTOPEN: the disk's or the machine's, whatever is in the file. */
const FAULTS_OF_THE_DISK: ReadonlySet<number> = new Set([3, 7, 10, 13, 14])
const SIDE_FILES = ['', '-wal', '-shm']
/** Records hold arguments of traced calls, and the directory may be one that others enter. */
const OWNER_ONLY = 0o600

/** What has become of a damaged file. */
interface Damage {
  /** Where it lies now. */
  readonly aside: string
  readonly cause: Error
  /** Records that were read from it. */
  readonly salvaged: number
}

interface Opened {
  readonly database: Database
  readonly damage?: Damage
}

/** Throws STORAGE_FAILED if another process has the file, if it cannot be made, or if it is damaged and must not be put aside. */
export function openDatabase(path: string, mayRecreate: boolean, options: DatabaseOptions): Opened {
  try {
    return { database: open(path, options) }
  } catch (error) {
    if (error instanceof SwollError) throw error
    const kind = kindOf(error)
    if (kind === BUSY)
      throw failed(path, 'another process has it open; give each agent a directory of its own', error)
    if (FAULTS_OF_THE_DISK.has(kind)) throw failed(path, (error as Error).message, error)
    if (!mayRecreate)
      throw failed(
        path,
        `${(error as Error).message}; remove it, or set recreate: true to have it put aside`,
        error,
      )
    return recreate(path, options, error as Error)
  }
}

/** Damage to the structure of the file is found here, that of a record's data when it is read. */
function open(path: string, options: DatabaseOptions): Database {
  makePrivate(path)
  const database = new Database(timeout => new DatabaseSync(path, { timeout }), options)
  try {
    database.check()
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/**
 * SQLite makes a file as the umask has it, and those beside it with the mode of the file. One that is there is not opened here: to close it
 * would end the locks that this process has on it (fcntl(2)).
 */
function makePrivate(path: string): void {
  try {
    if (!existsSync(path)) closeSync(openSync(path, 'wx', OWNER_ONLY))
    for (const each of SIDE_FILES.map(side => path + side)) {
      const stats = statSync(each, { throwIfNoEntry: false })
      if (stats?.isFile() && stats.mode & ~OWNER_ONLY & 0o777) chmodSync(each, OWNER_ONLY)
    }
  } catch (error) {
    throw failed(path, (error as Error).message, error)
  }
}

function recreate(path: string, options: DatabaseOptions, cause: Error): Opened {
  const aside = freeName(`${path}.damaged`)
  try {
    for (const side of SIDE_FILES) if (existsSync(path + side)) renameSync(path + side, aside + side)
    const database = open(path, options)
    return { database, damage: { aside, cause, salvaged: salvage(aside, database) } }
  } catch (error) {
    throw failed(path, `${cause.message}, and ${(error as Error).message}`, error)
  }
}

function freeName(path: string): string {
  for (let n = 1; ; n++) {
    const name = `${path}-${n}`
    if (!existsSync(name)) return name
  }
}

const kindOf = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) & 0xff

function failed(path: string, why: string, cause: unknown): SwollError {
  return new SwollError('STORAGE_FAILED', `${path}: ${why}`, { cause })
}
