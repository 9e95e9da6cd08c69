/** Ages as kubectl prints them. */

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const

/** `5m`, `2d`: in the largest unit of which there are two, or else seconds. */
export function ageOf(created: string | undefined, nowMs: number): string {
  const seconds = Math.max(Math.floor((nowMs - Date.parse(created ?? '')) / 1000), 0)
  if (!Number.isFinite(seconds)) return '<unknown>'
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size) ?? UNITS.at(-1)!
  return `${Math.floor(seconds / size)}${unit}`
}
