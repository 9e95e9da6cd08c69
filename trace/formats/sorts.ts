/** The orders of a summary, in the words of strace (`-S`) and its other spellings of them. */

export const SORTS = [
  'time',
  'calls',
  'errors',
  'name',
  'avg-time',
  'max-time',
  'min-time',
  'p50',
  'p99',
  'nothing',
] as const
export type Sort = (typeof SORTS)[number]

const SPELLINGS: Readonly<Record<string, Sort>> = {
  'time-percent': 'time',
  'time-total': 'time',
  'total-time': 'time',
  shortest: 'min-time',
  'time-min': 'min-time',
  longest: 'max-time',
  'time-max': 'max-time',
  'time-avg': 'avg-time',
  count: 'calls',
  error: 'errors',
  syscall: 'name',
  'syscall-name': 'name',
  none: 'nothing',
}

/** Undefined: no such word. */
export function toSort(word: string): Sort | undefined {
  const name = word.replaceAll('_', '-')
  if ((SORTS as readonly string[]).includes(name)) return name as Sort
  return Object.hasOwn(SPELLINGS, name) ? SPELLINGS[name] : undefined
}
