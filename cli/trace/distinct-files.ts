import { fstatSync, type Stats, statSync } from 'node:fs'
import { SwollError } from '../../pipeline/errors.ts'

/** A file that is read or written, by the name that a user knows: a path, or a descriptor; undefined: none is. Descriptors come first. */
export type Use = readonly [name: string, file: string | number | undefined]

/**
 * Throws USAGE_INVALID if two uses are of one file, by whatever names: the one would destroy what the other is for. Only regular
 * files can be destroyed so; what is not there cannot be. Descriptors may be of one file: `> file 2>&1` is meant so.
 */
export function checkDistinct(uses: readonly Use[]): void {
  const nameOf = new Map<string, string>()
  for (const [name, file] of uses) {
    const status = file === undefined ? undefined : find(file)
    if (!status?.isFile()) continue
    const key = `${status.dev} ${status.ino}`
    const other = nameOf.get(key)
    if (other !== undefined && typeof file === 'string')
      throw new SwollError(
        'USAGE_INVALID',
        `${name}: must be another file than that of ${other}, got "${file}" for both; one would destroy the other`,
      )
    nameOf.set(key, name)
  }
}

function find(file: string | number): Stats | undefined {
  try {
    return typeof file === 'string' ? statSync(file) : fstatSync(file)
  } catch {
    return undefined
  }
}
