/** Gets what can still be read out of a damaged file. */
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Database } from './database.ts'
import { type Row, toRecord } from './row.ts'

/** Most records that are looked for. */
const MOST = 1_000_000

/** Copies record by record: damage to one page need not be damage to others. Returns how many were whole. */
export function salvage(from: string, to: Database): number {
  try {
    using damaged = new DatabaseSync(from, { readOnly: true })
    const last = Number(
      damaged.prepare("select seq from sqlite_sequence where name = 'records'").get()?.seq ?? 0,
    )
    const row = damaged.prepare('select * from records where id = ?')
    let copied = 0
    for (let id = Math.max(1, last - MOST); id <= last; id++) if (copy(row, id, to)) copied++
    return copied
  } catch {
    return 0 // it is no database any more
  }
}

function copy(row: StatementSync, id: number, to: Database): boolean {
  try {
    const found = row.get(id) as unknown as Row | undefined
    const record = found && toRecord(found)
    if (record) to.append(found.log, record)
    return record !== undefined
  } catch {
    return false // on a damaged page
  }
}
