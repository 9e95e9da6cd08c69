/** Refuses what is so large that checking it would hold up all else that the process does. The Trace resource has lower limits. */

const MOST = { characters: 4096, items: 512, keys: 256, levels: 16 } as const

/** Returns the first place in a document of JSON where it is too large; undefined: it is not. */
export function findTooLarge(
  value: unknown,
  path: readonly string[] = [],
): { readonly path: string; readonly message: string } | undefined {
  const refuse = (most: number, unit: string, got: number) => ({
    path: path.join('.'),
    message: `must have at most ${most} ${unit}, got ${got}`,
  })
  if (typeof value === 'string' && value.length > MOST.characters)
    return refuse(MOST.characters, 'characters', value.length)
  if (typeof value !== 'object' || value === null) return undefined
  const isArray = Array.isArray(value)
  const most = isArray ? MOST.items : MOST.keys
  const keys = Object.keys(value)
  if (keys.length > most) return refuse(most, isArray ? 'items' : 'keys', keys.length)
  if (path.length >= MOST.levels) return refuse(MOST.levels, 'levels', path.length + 1)
  const long = keys.find(key => key.length > MOST.characters)
  if (long !== undefined) return refuse(MOST.characters, 'characters in a key', long.length)
  for (const key of keys) {
    const found = findTooLarge((value as Readonly<Record<string, unknown>>)[key], [...path, key])
    if (found) return found
  }
  return undefined
}
