/** Fields that several signals have. */

import type { Codes } from '../pipeline/data/columns.ts'
import type { Scope } from '../pipeline/data/resource.ts'
import type { Condition, Source } from './cursor.ts'
import type { Value } from './values.ts'

/** The field, and its dictionary, that says whether the statements of a group apply to a row. */
export const MASK = 'group'

export function maskOf(
  source: Source,
  mask: Uint8Array | undefined,
): { readonly codes: Codes; readonly size: number } | undefined {
  return source === MASK && mask ? { codes: mask, size: 2 } : undefined
}

/** True where the group applies, and the condition is true, if there is one. */
export function within(condition: Condition | undefined): Condition {
  return {
    reads: new Set([MASK, ...(condition?.reads ?? [])]),
    of: cursor => cursor.field(MASK) === 1n && (condition?.of(cursor) ?? true),
  }
}

/** The name and version of the scope, counts of what was left out, which nothing in swoll does, and the group. */
export function scopeField(name: string, { name: scope, version }: Scope, at: number): Value {
  if (name === MASK) return BigInt(at)
  if (name === 'scope.name') return scope
  if (name === 'scope.version') return version
  return name.endsWith('_count') ? 0n : undefined
}

/** The bytes of a row's id; an absent one is all zeros. */
export function idAt(ids: Uint8Array | undefined, size: number, row: number): Uint8Array {
  return ids?.subarray(size * row, size * (row + 1)) ?? new Uint8Array(size)
}

/** An id in hexadecimal; empty: none. */
export function idText(ids: Uint8Array | undefined, size: number, row: number): string {
  const id = idAt(ids, size, row)
  return id.every(byte => byte === 0) ? '' : Buffer.from(id).toString('hex')
}
