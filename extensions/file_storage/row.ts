/** Records as rows of a table, with a checksum over all that matters of them. */
import { crc32 } from 'node:zlib'
import type { NewRecord } from '../../pipeline/storage.ts'

export interface Row {
  readonly log: string
  readonly format: string
  readonly items: number
  readonly checksum: number
  readonly data: Uint8Array
}

export function toRow(log: string, { format, items, data }: NewRecord): Row {
  return { log, format, items, checksum: checksumOf(log, format, items, data), data }
}

/** Returns undefined if it is not what was written. */
export function toRecord({ log, format, items, checksum, data }: Row): NewRecord | undefined {
  return checksumOf(log, format, items, data) === checksum ? { format, items, data } : undefined
}

function checksumOf(log: string, format: string, items: number, data: Uint8Array): number {
  return crc32(data, crc32(`${log}\n${format}\n${items}\n`))
}
