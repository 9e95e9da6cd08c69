/** Kinds of the arguments that point at structs, by call. */
import type { Abi } from '../../tables/syscalls.ts'
import type { Bindings, Bound } from './calls/binding.ts'
import { timeCalls } from './calls/time.ts'

const ALL: Bindings = { ...timeCalls }

/** The kinds of a call's arguments, by index; empty for a call without structs. */
export function structKinds(call: string, _abi: Abi): Bound {
  return ALL[call] ?? {}
}
