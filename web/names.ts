/** Names of things that were counted. All of them are text of somebody else: never markup. */
import { DIMENSIONS, type Dimension, NO_ERROR } from '../stats/api/dimensions.ts'
import { expectedError, isWaiting } from '../stats/noise.ts'

type Key = { readonly [D in Dimension]?: string | undefined }

const TITLES: Readonly<Record<Dimension, string>> = {
  node: 'Node',
  namespace: 'Namespace',
  workload: 'Workload',
  revision: 'Revision',
  pod: 'Pod',
  container: 'Container',
  unit: 'Service',
  syscall: 'Call',
  errno: 'Error',
  outcome: 'Outcome',
  class: 'Class',
  group: 'Group',
}
const LACKING: { readonly [D in Dimension]?: string } = {
  namespace: 'host, no namespace',
  unit: 'no service',
  pod: 'no pod',
  container: 'no container',
  workload: 'no workload',
  revision: 'no revision',
  class: 'unclassified',
  group: 'unclassified',
  errno: 'folded: series over the limit',
}

export function titleOf(dimension: Dimension): string {
  return TITLES[dimension]
}

/** A row that lacks the dimension has an empty text, or none. */
export function nameOf(dimension: Dimension, value: string | undefined): string {
  if (value === undefined || value === '')
    return LACKING[dimension] ?? `no ${TITLES[dimension].toLowerCase()}`
  if (dimension === 'errno' && value === NO_ERROR) return 'no error'
  return printable(value)
}

/** Control characters and those that turn the direction of text are shown as pictures or codes. */
export function printable(text: string): string {
  return [...text]
    .map(character => {
      const code = character.codePointAt(0)!
      if (code < 0x20) return String.fromCodePoint(0x2400 + code)
      if (code === 0x7f) return '␡'
      const isHidden =
        (code >= 0x80 && code < 0xa0) ||
        (code >= 0x200b && code < 0x2010) ||
        (code >= 0x2028 && code < 0x202f)
      return isHidden || (code >= 0x2066 && code < 0x206a) || code === 0xfeff
        ? `\\u${code.toString(16).padStart(4, '0')}`
        : character
    })
    .join('')
}

/** Where it happened: `shop/web-1/app`, or the service of a host. */
export function placeOf({ namespace, pod, container, unit }: Key): string {
  const names = [namespace, pod, container].filter(name => name !== undefined && name !== '')
  if (names.length > 0) return names.map(name => printable(name!)).join(' / ')
  return unit ? printable(unit) : 'host'
}

export function keyOf(key: Key): string {
  return JSON.stringify(DIMENSIONS.map(dimension => key[dimension] ?? null))
}

/** Why it is told apart from trouble or work; undefined: it is not. */
export function ruleOf({ syscall = '', errno = '' }: Key): string | undefined {
  const rule = errno && errno !== NO_ERROR ? expectedError(syscall, errno) : undefined
  if (rule) return `${errno}${rule.syscalls ? ` of ${syscall}` : ''} is to be expected: ${rule.why}`
  return undefined
}

/** Whether the call is one whose time is waiting. */
export function waits({ syscall }: Key): boolean {
  return syscall !== undefined && isWaiting(syscall)
}
