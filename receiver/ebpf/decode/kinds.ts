/**
 * Kinds by name, as the tables of calls in calls/ write them: `fd`, `string`, `out_payload(2)`. Parameters are numbers of
 * arguments, from 0, and words.
 */
import type { Kind } from './kind.ts'
import { descriptors } from './values/descriptors.ts'
import { integers } from './values/integers.ts'
import { strings } from './values/strings.ts'

/** Makes a kind of the parameters in its brackets. Throws for ones that make no sense: tables are checked by a test. */
export type KindFactory = (parameters: readonly string[]) => Kind

const FACTORIES: Readonly<Record<string, KindFactory>> = { ...integers, ...descriptors, ...strings }

const made = new Map<string, Kind>()
const SPECIFICATION = /^(\w+)(?:\(([\w,]*)\))?$/

/** Whether there is a kind of this name. */
export function hasKind(name: string): boolean {
  return Object.hasOwn(FACTORIES, name)
}

/** The kind that a table's word stands for; the same object for the same word. Throws for a word that stands for none. */
export function toKind(word: string): Kind {
  const known = made.get(word)
  if (known !== undefined) return known
  const [, name = '', parameters] = SPECIFICATION.exec(word) ?? []
  if (!hasKind(name)) throw new Error(`${word}: must be the name of a kind, with parameters in brackets`)
  const kind = FACTORIES[name]!(parameters?.split(',') ?? [])
  made.set(word, kind)
  return kind
}
