/** Containers and units by what people call them. */
/** Shorter digits are names: a container may well be called `db` or `cafe`. */
const ID_PREFIX = /^[0-9a-f]{8,64}$/

/** Whether it may be the beginning of a container's id, and not only a name. */
export function isIdPrefix(text: string): boolean {
  return ID_PREFIX.test(text)
}

/** Whether `wanted` is the container's name in its pod, or the first 8 or more digits of its id. */
export function isContainer(wanted: string, name: unknown, id: unknown): boolean {
  if (name === wanted) return true
  return typeof id === 'string' && isIdPrefix(wanted) && id.startsWith(wanted)
}

/** As systemctl reads a unit: `ssh` is `ssh.service`, and a pattern with `*` or `?` must match the whole name. */
export function toUnitMatch(pattern: string): (unit: string) => boolean {
  if (!/[*?]/.test(pattern)) return unit => unit === pattern || unit === `${pattern}.service`
  const escaped = pattern.replace(/[\\^$.+()|[\]{}]/g, '\\$&')
  const whole = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's')
  return unit => whole.test(unit)
}
