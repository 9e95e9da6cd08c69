/**
 * Kinds by name, as the tables of calls in calls/ write them: `fd`, `string`, `out_payload(2)`. Parameters are numbers of
 * arguments, from 0, and words.
 */
import { descriptors } from './descriptors/kinds.ts'
import type { Kind } from './kind.ts'
import { structs } from './structs/registry.ts'
import { cloneKinds } from './values/clone.ts'
import { commandedKinds } from './values/commanded.ts'
import { constants } from './values/constants.ts'
import { deviceKinds } from './values/devices.ts'
import { futexKinds } from './values/futex.ts'
import { integers } from './values/integers.ts'
import { mixedKinds } from './values/mixed.ts'
import { oddKinds } from './values/oddities.ts'
import { opening } from './values/opening.ts'
import { packedKinds } from './values/packed.ts'
import { signals } from './values/signal.ts'
import { socketKinds } from './values/sockets.ts'
import { strings } from './values/strings.ts'

/** Makes a kind of the parameters in its brackets, and of other kinds. Throws for ones that make no sense: tables are checked by a test. */
type KindFactory = (parameters: readonly string[], toKind: (word: string) => Kind) => Kind

const FACTORIES: Readonly<Record<string, KindFactory>> = {
  ...structs,
  ...constants,
  ...integers,
  ...descriptors,
  ...strings,
  ...opening,
  ...signals,
  ...commandedKinds,
  ...cloneKinds,
  ...deviceKinds,
  ...futexKinds,
  ...mixedKinds,
  ...oddKinds,
  ...packedKinds,
  ...socketKinds,
}

const made = new Map<string, Kind>()
const SPECIFICATION = /^(\w+)(?:\(([\w,]*)\))?$/

/** Returns the kind of a table's word; the same object for the same word. Throws for an unknown word. */
export function toKind(word: string): Kind {
  const known = made.get(word)
  if (known !== undefined) return known
  const [, name = '', parameters] = SPECIFICATION.exec(word) ?? []
  if (!Object.hasOwn(FACTORIES, name))
    throw new Error(`${word}: must be the name of a kind, with parameters in brackets`)
  const kind = FACTORIES[name]!(parameters?.split(',') ?? [], toKind)
  made.set(word, kind)
  return kind
}
