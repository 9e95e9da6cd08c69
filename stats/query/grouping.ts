/** Which group the rows of a source and of a kind of call are in, for one question. */
import type { Dimension } from '../api/dimensions.ts'
import type { StatsQuery } from '../api/query.ts'
import type { StatsRow } from '../api/table.ts'
import { CALL_DIMENSIONS, type CallKind } from '../intake/calls.ts'
import { SOURCE_DIMENSIONS, type SourceNames } from '../intake/sources.ts'

/** A dimension that the rows lack is absent. */
export type GroupKey = StatsRow['key']
type Key = { readonly [D in Dimension]?: string | undefined }

/** Instead of a group: the question is not about it. */
export const LEFT_OUT = -1

/** A half of groups: by number of a source, or of a kind of call. */
export interface Half {
  readonly groups: Int32Array
  /** Names by group. */
  readonly keys: readonly GroupKey[]
}

type Asked = Pick<StatsQuery, 'by' | 'where' | 'show'>

/** Returns whether rows of this source may be seen. */
export type MaySee = (source: SourceNames) => boolean

export function groupSources(
  sources: readonly (SourceNames | undefined)[],
  asked: Asked,
  maySee: MaySee = () => true,
): Half {
  const isAsked = createFilter(SOURCE_DIMENSIONS, asked)
  const wanted = (source: SourceNames) => isAsked(source) && maySee(source)
  return group(sources, SOURCE_DIMENSIONS, asked, { keyOf: source => source, isWanted: wanted })
}

function groupKinds(kinds: readonly (CallKind | undefined)[], asked: Asked): Half {
  const isAsked = createFilter(CALL_DIMENSIONS, asked)
  const wanted = (kind: CallKind) => isShown(kind, asked.show) && isAsked(kind.names)
  return group(kinds, CALL_DIMENSIONS, asked, { keyOf: kind => kind.names, isWanted: wanted })
}

/** Of groups of kinds, those of a few questions are kept. */
const MOST_KEPT = 8

/** `groupKinds`, once for all questions that differ in whose calls they are about. To be made anew where the kinds change. */
export class KindGroups {
  readonly kinds: readonly (CallKind | undefined)[]
  readonly #kept = new Map<string, Half>()

  constructor(kinds: readonly (CallKind | undefined)[]) {
    this.kinds = [...kinds]
  }

  of({ by, where, show }: Asked): Half {
    const own = CALL_DIMENSIONS.map(dimension => [by.includes(dimension), where[dimension] ?? null])
    const key = JSON.stringify([own, show])
    const half = this.#kept.get(key) ?? groupKinds(this.kinds, { by, where, show })
    if (this.#kept.size < MOST_KEPT) this.#kept.set(key, half)
    return half
  }
}

function isShown(kind: CallKind, show: StatsQuery['show']): boolean {
  if (show === 'errors') return kind.isError
  if (show === 'trouble') return kind.isTrouble
  return show === 'all' || !kind.isWaiting
}

interface Reading<T> {
  readonly keyOf: (value: T) => Key
  readonly isWanted: (value: T) => boolean
}

function group<T>(
  values: readonly (T | undefined)[],
  dimensions: readonly Dimension[],
  { by }: Asked,
  { keyOf, isWanted }: Reading<T>,
): Half {
  const own = dimensions.filter(dimension => by.includes(dimension))
  const known = new Map<string, number>()
  const keys: GroupKey[] = []
  const groups = Int32Array.from(values, value => {
    if (value === undefined || !isWanted(value)) return LEFT_OUT
    const names = own.map(dimension => keyOf(value)[dimension])
    const text = names.map(name => (name === undefined ? '-' : `${name.length}:${name}`)).join('')
    let found = known.get(text)
    if (found === undefined) {
      const pairs = own.flatMap((dimension, i) => (names[i] === undefined ? [] : [[dimension, names[i]]]))
      found = keys.push(Object.fromEntries(pairs)) - 1
      known.set(text, found)
    }
    return found
  })
  return { groups, keys }
}

/** An empty text stands for values that lack the dimension. */
function createFilter(dimensions: readonly Dimension[], { where }: Asked): (key: Key) => boolean {
  const wanted = dimensions.flatMap(dimension => {
    const values = where[dimension]
    return values === undefined ? [] : [[dimension, new Set(values)] as const]
  })
  return key => wanted.every(([dimension, values]) => values.has(key[dimension] ?? ''))
}
