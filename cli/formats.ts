import { SwollError } from '../pipeline/errors.ts'
import { nearest } from '../pipeline/nearest.ts'

/** Returns `given` if it is one of the known words of an option or argument. Throws USAGE_INVALID for another. */
export function checkFormat<T extends string>(place: string, given: string, known: readonly T[]): T {
  const format = known.find(each => each === given)
  if (format !== undefined) return format
  const hint = nearest(given, known)
  throw new SwollError(
    'USAGE_INVALID',
    `${place}: must be one of ${known.join(', ')}, got "${given}"${hint ? `; did you mean "${hint}"?` : ''}`,
  )
}
