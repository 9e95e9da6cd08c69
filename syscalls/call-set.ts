/**
 * Sets of system calls as people name them: `openat`, `sys_openat`, a class, a group, a class of strace (`%file`), `all`, and each of
 * these with `!`.
 */
import { nearest } from '../pipeline/nearest.ts'
import { CALL_NAMES, CLASS_NAMES, classify, GROUP_ALIASES, GROUP_NAMES } from './classes.ts'
import { findStraceClass, STRACE_WORDS } from './strace-classes.ts'

/** Returns whether a call, named without the `sys_` prefix, is in the set. */
export type CallSet = (name: string) => boolean

const ALL = 'all'
const UNKNOWN_CALL = /^syscall_0x(0|[1-9a-f][0-9a-f]{0,15})$/
/** Stands for numbers without a name that no word names. */
const ANY_NUMBER = 'syscall_0x'
const NAMES: ReadonlySet<string> = new Set(CALL_NAMES)
/** Classes and groups, by their names in small letters. */
const CLASSES: ReadonlyMap<string, string> = bySmall(CLASS_NAMES)
const GROUPS: ReadonlyMap<string, string> = bySmall([...GROUP_NAMES, ...GROUP_ALIASES.keys()])

function bySmall(names: readonly string[]): Map<string, string> {
  return new Map(names.map(name => [name.toLowerCase(), name]))
}

/** A call's name without the prefix `sys_`. */
export function toCallName(text: string): string {
  return text.startsWith('sys_') ? text.slice('sys_'.length) : text
}

/** Returns whether the text names a call of any ABI, or a number without a name (`syscall_0x3e7`). With or without `sys_`. */
export function isCallName(text: string): boolean {
  const name = toCallName(text)
  return NAMES.has(name) || UNKNOWN_CALL.test(name)
}

/**
 * Returns the rule that a word breaks, without the word, and the nearest known word if there is one. Undefined: the word is right.
 * Calls are named in small letters, classes and groups in any: `futex` is the call, `Futex` and `FUTEX` are the group.
 */
export function findFaultWithCalls(word: string): string | undefined {
  const name = positive(word)
  if (findMatch(name) !== undefined) return undefined
  const known = [...CALL_NAMES, ...CLASS_NAMES, ...GROUP_NAMES, ...STRACE_WORDS, ALL]
  const hint = STRACE_WORDS.includes(`%${name}`) ? `%${name}` : nearest(toCallName(name), known)
  return `must be a system call, a class or a group of them, or "all"${hint ? `; did you mean ${JSON.stringify(hint)}?` : ''}`
}

/** Returns the rule that words break together though each is right alone: they name no call. Undefined: they name some. */
export function findFaultWithCallSet(words: readonly string[]): string | undefined {
  const set = createCallSet(words)
  const numbers = words.map(toCallName).filter(name => UNKNOWN_CALL.test(name))
  if ([...CALL_NAMES, ANY_NUMBER, ...numbers].some(set)) return undefined
  return 'must leave a system call to look at, and its words with ! take all of them away'
}

/** Returns the calls that the words name, less those named with `!`, in any order. Only words with `!`: all other calls. The words must be right. */
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
  return findMatch(positive(word)) ?? (() => false)
}

/** Undefined: the name stands for nothing. */
function findMatch(name: string): CallSet | undefined {
  if (name === ALL) return () => true
  if (isCallName(name)) return call => call === toCallName(name)
  const callClass = CLASSES.get(name.toLowerCase())
  if (callClass !== undefined) return call => classify(call).class === callClass
  const group = GROUPS.get(name.toLowerCase())
  if (group !== undefined) return call => classify(call).group === (GROUP_ALIASES.get(group) ?? group)
  const calls = findStraceClass(name)
  return calls && (call => calls.has(call))
}
