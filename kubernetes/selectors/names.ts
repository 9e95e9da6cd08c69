/** Finds containers and units by the names that people use. */

/** Shorter digits are names: a container may well be called `db` or `cafe`. */
const ID_PREFIX = /^[0-9a-f]{8,64}$/

/** Returns whether a text can be the beginning of a container's id, and not only a name. */
export function isIdPrefix(text: string): boolean {
  return ID_PREFIX.test(text)
}

/** Returns whether `wanted` is the container's name in its pod, or the first 8 or more digits of its id. */
export function isContainer(wanted: string, name: unknown, id: unknown): boolean {
  if (name === wanted) return true
  return typeof id === 'string' && isIdPrefix(wanted) && id.startsWith(wanted)
}

/** Reads a unit like systemctl: `ssh` is `ssh.service`, and a pattern with `*` or `?` must match the whole name. */
export function toUnitMatch(pattern: string): (unit: string) => boolean {
  if (!/[*?]/.test(pattern)) return unit => unit === pattern || unit === `${pattern}.service`
  return unit => matchesGlob(unit, pattern)
}

/** Returns whether a unit, of a resource's attributes, is one of these names or patterns. */
export function createUnitTest(patterns: readonly string[]): (unit: unknown) => boolean {
  const matches = patterns.map(toUnitMatch)
  return unit => typeof unit === 'string' && matches.some(match => match(unit))
}

/** Characters of unit names (systemd.unit(5)), and those of patterns. */
const UNIT_NAME = /^[A-Za-z0-9:_.\\@*?-]{1,255}$/
/** Types of units that run nothing, and so have no cgroup. */
const IDLE_UNIT = /\.(automount|device|path|target|timer)$/
/** RFC 1123, as the API server checks names of containers. */
const CONTAINER_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** Why no unit can match, as a rule; undefined: one can. */
export function findFaultWithUnit(pattern: string): string | undefined {
  if (!UNIT_NAME.test(pattern))
    return 'must be a systemd unit such as "ssh.service", or a pattern such as "user@*.service"'
  const [, type] = IDLE_UNIT.exec(pattern) ?? []
  if (type === undefined) return undefined
  return `must be a systemd unit that runs something, and those that end in .${type} do not`
}

/** Why no container can match, as a rule; undefined: one can. */
export function findFaultWithContainer(text: string): string | undefined {
  if (CONTAINER_NAME.test(text) || isIdPrefix(text)) return undefined
  return 'must be the name of a container in its pod, or the first 8 digits of an id or more'
}

export function matchesGlob(text: string, pattern: string): boolean {
  let star = -1
  let starText = 0
  let at = 0
  for (let i = 0; i < text.length; ) {
    if (pattern[at] === '*') {
      star = at++
      starText = i
    } else if (pattern[at] === '?' || (at < pattern.length && pattern[at] === text[i])) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++starText
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
