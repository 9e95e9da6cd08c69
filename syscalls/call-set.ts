/** Sets of system calls as people name them: `openat`, `sys_openat`, a class, a group, `all`, and each of these with `!`. */
import { nearest } from '../pipeline/nearest.ts'
import { CALL_NAMES, CLASS_NAMES, classify, GROUP_ALIASES, GROUP_NAMES } from './classes.ts'

/** Whether a call, named without the `sys_` prefix, is in the set. */
export type CallSet = (name: string) => boolean

const ALL = 'all'
const UNKNOWN_CALL = /^unknown_-?\d+$/
const NAMES: ReadonlySet<string> = new Set(CALL_NAMES)
const CLASSES: ReadonlySet<string> = new Set(CLASS_NAMES)
const GROUPS: ReadonlySet<string> = new Set([...GROUP_NAMES, ...GROUP_ALIASES.keys()])

/** A call's name without the prefix `sys_`. */
export function toCallName(text: string): string {
  return text.startsWith('sys_') ? text.slice('sys_'.length) : text
}

/** Whether it is a call of any ABI, or `unknown_999`, which stands for a number without a name. With or without `sys_`. */
export function isCallName(text: string): boolean {
  const name = toCallName(text)
  return NAMES.has(name) || UNKNOWN_CALL.test(name)
}

/**
 * What is wrong with a word, without the word: a rule and, if something like it is known, that. Undefined: nothing.
 * Letter case matters: `bpf` and `Futex` are a call and a group, `futex` is another call.
 */
export function findFaultWithCalls(word: string): string | undefined {
  const name = positive(word)
  if (name === ALL || isCallName(name) || CLASSES.has(name) || GROUPS.has(name)) return undefined
  const hint = nearest(toCallName(name), [...CALL_NAMES, ...CLASS_NAMES, ...GROUP_NAMES, ALL])
  return `must be a system call, a class or a group of them, or "all"${hint ? `; did you mean ${JSON.stringify(hint)}?` : ''}`
}

/** What the words name, less what those with `!` name, in any order. Only such: all but these. Words must be faultless. */
export function createCallSet(words: readonly string[]): CallSet {
  const excluded = words.filter(word => word.startsWith('!')).map(toMatch)
  const included = words.filter(word => !word.startsWith('!')).map(toMatch)
  return name =>
    (included.length === 0 || included.some(match => match(name))) && !excluded.some(match => match(name))
}

function positive(word: string): string {
  return word.startsWith('!') ? word.slice(1) : word
}

function toMatch(word: string): CallSet {
  const name = positive(word)
  if (name === ALL) return () => true
  if (isCallName(name)) return call => call === toCallName(name)
  if (CLASSES.has(name)) return call => classify(call).class === name
  const group = GROUP_ALIASES.get(name) ?? name
  return call => classify(call).group === group
}
