/**
 * Kinds of arguments that point at structs, by name: each type with a way to copy it in front or behind. `timespec` is given by the
 * caller, `out_timespec` filled if the call does not fail, `inout_timespec` both, `timespec_array(1)` as many as argument 1 says,
 * `out_timespec_array(1)` those filled, `timespec_returned` as many as the call returned.
 */
import { toIndex } from '../values/parameters.ts'
import { changed, filled, filledArray, given, givenArray, returnedArray } from './pointers.ts'
import { type KindFactory, specialKinds } from './special.ts'
import type { Type } from './type.ts'
import { types } from './types.ts'

/** Factories by the names of kinds. Parameters are numbers of arguments. */
export const structs: Readonly<Record<string, KindFactory>> = {
  ...Object.fromEntries(Object.entries(types).flatMap(([name, type]) => waysOf(name, type))),
  ...specialKinds,
}

function waysOf(name: string, type: Type): [string, KindFactory][] {
  return [
    [name, () => given(type)],
    [`out_${name}`, () => filled(type)],
    [`inout_${name}`, () => changed(type)],
    [`${name}_array`, ([count]) => givenArray(type, toIndex(count))],
    [`out_${name}_array`, ([count]) => filledArray(type, toIndex(count))],
    [`${name}_returned`, () => returnedArray(type)],
  ]
}
