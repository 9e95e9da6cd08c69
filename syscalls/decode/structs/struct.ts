/** Structs, unions and arrays of C from lists of fields, laid out by the rules of each ABI. */
import { memoized } from '../../../pipeline/memoized.ts'
import type { Memory, Sizes } from './memory.ts'
import type { Scalar, Siblings, Type } from './type.ts'

/** Fields in order. Those whose names start with `_` are not shown. */
export type Fields = Readonly<Record<string, Type>>

interface Place {
  readonly name: string
  readonly type: Type
  readonly offset: number
}
interface Layout {
  readonly places: readonly Place[]
  readonly size: number
  readonly align: number
}

interface Options {
  /** Whether fields follow each other without gaps. */
  readonly isPacked?: (sizes: Sizes) => boolean
  /** Names of fields to print first, in this order, if it differs from that in memory. The other fields follow. */
  readonly order?: string
  /** Fields that the memory is too short for are left out, as in structs that have grown. */
  readonly isGrown?: boolean
}

/** `{a=1, b=2}`. */
export function struct(
  fields: Fields,
  { isPacked = () => false, order = '', isGrown = false }: Options = {},
): Type {
  const layoutOf = memoized(new Map<Sizes, Layout>(), sizes =>
    inOrder(sequence(fields, sizes, isPacked(sizes)), order.split(/\s+/)),
  )
  return {
    size: sizes => layoutOf(sizes).size,
    align: sizes => layoutOf(sizes).align,
    print(memory, at) {
      const { places } = layoutOf(memory.sizes)
      const there = isGrown
        ? places.filter(({ type, offset }) => at + offset + type.size(memory.sizes) <= memory.length)
        : places
      return `{${members(there, memory, at, siblingsIn(places, memory, at))}}`
    },
  }
}

/** Fields in a struct without braces of their own, such as some that only one value of another field gives a meaning. */
export function inline(fields: Fields): Type {
  const layoutOf = memoized(new Map<Sizes, Layout>(), sizes => sequence(fields, sizes, false))
  return {
    isInline: true,
    size: sizes => layoutOf(sizes).size,
    align: sizes => layoutOf(sizes).align,
    print(memory, at, outer) {
      const { places } = layoutOf(memory.sizes)
      return members(places, memory, at, siblingsIn(places, memory, at, outer))
    },
  }
}

/** Fields at the same place; those that are shown are printed as fields of the struct around. */
export function union(fields: Fields): Type {
  const layoutOf = memoized(new Map<Sizes, Layout>(), sizes => {
    const places = Object.entries(fields).map(([name, type]) => ({ name, type, offset: 0 }))
    const align = Math.max(...places.map(({ type }) => type.align(sizes)))
    return { places, align, size: up(Math.max(...places.map(({ type }) => type.size(sizes))), align) }
  })
  return {
    isInline: true,
    size: sizes => layoutOf(sizes).size,
    align: sizes => layoutOf(sizes).align,
    print: (memory, at, siblings) => members(layoutOf(memory.sizes).places, memory, at, siblings),
  }
}

/** `type`, shown only if `test` says so of the fields beside it. */
export function when(type: Type, test: (siblings: Siblings) => boolean): Type {
  return { ...type, isShown: test }
}

/** `[a, b]`. */
export function array(type: Type, count: number): Type {
  return {
    size: sizes => type.size(sizes) * count,
    align: type.align,
    print(memory, at, siblings) {
      const size = type.size(memory.sizes)
      return `[${Array.from({ length: count }, (_, i) => type.print(memory, at + i * size, siblings)).join(', ')}]`
    },
  }
}

/** `[a]`: one that is pointed at. */
export function element(type: Type): Type {
  return array(type, 1)
}

/** Another type for each ABI. */
export function choose(of: (sizes: Sizes) => Type): Type {
  return {
    size: sizes => of(sizes).size(sizes),
    align: sizes => of(sizes).align(sizes),
    print: (memory, at, siblings) => of(memory.sizes).print(memory, at, siblings),
  }
}

/** Room that says nothing. */
export function padding(size: number): Type {
  return { size: () => size, align: () => 1, print: () => '', isShown: () => false }
}

function members(places: readonly Place[], memory: Memory, at: number, siblings: Siblings): string {
  const texts: string[] = []
  for (const { name, type, offset } of places) {
    if (type.isShown?.(siblings) === false || (isHidden(name) && !type.isInline)) continue
    const text = type.print(memory, at + offset, siblings)
    if (!type.isInline) texts.push(`${name}=${text}`)
    else if (text !== '') texts.push(text)
  }
  return texts.join(', ')
}

/** `_reserved`; not `__reserved`, which is a name of C. */
function isHidden(name: string): boolean {
  return name.startsWith('_') && !name.startsWith('__')
}

function siblingsIn(places: readonly Place[], memory: Memory, at: number, outer?: Siblings): Siblings {
  return name => {
    const place = places.find(place => place.name === name)
    if (place === undefined) return outer?.(name) ?? 0n
    return (place.type as Scalar).read(memory, at + place.offset)
  }
}

function sequence(fields: Fields, sizes: Sizes, isPacked: boolean): Layout {
  const places: Place[] = []
  let end = 0
  let align = 1
  for (const [name, type] of Object.entries(fields)) {
    const own = isPacked ? 1 : type.align(sizes)
    const offset = up(end, own)
    places.push({ name, type, offset })
    end = offset + type.size(sizes)
    align = Math.max(align, own)
  }
  return { places, size: up(end, align), align }
}

function inOrder(layout: Layout, names: readonly string[]): Layout {
  const rank = (place: Place) => (names.includes(place.name) ? names.indexOf(place.name) : names.length)
  return { ...layout, places: layout.places.toSorted((a, b) => rank(a) - rank(b)) }
}

function up(at: number, align: number): number {
  return Math.ceil(at / align) * align
}
