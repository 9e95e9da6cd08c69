/** Structs that grow with the kernel: the caller says how long its own is. */

import type { Argument, Copy, Kind } from '../kind.ts'
import { quoteHex } from '../values/text.ts'
import { addressOf, memoryOf } from './pointers.ts'
import type { Type } from './type.ts'

interface Options {
  /** Bytes of the oldest version; a shorter struct is invalid. */
  readonly least: number
  /** The argument that says how long it is; absent: its own first word does. */
  readonly length?: number
}

/** `{flags=0, …}`; what the caller's has beyond `type` follows, unless it is zero, as `/* bytes 24..31 *\/ "\x01…"`. */
export function extensible(type: Type, { least, length }: Options): Kind {
  const copy: Copy =
    length === undefined
      ? { how: 'sized', when: 'entry' }
      : { how: 'array', when: 'entry', count: length, size: 1 }
  return {
    copies: () => [copy],
    print: argument => wholeOrPart(type, argument, least) ?? addressOf(argument),
  }
}

function wholeOrPart(type: Type, argument: Argument, least: number): string | undefined {
  const memory = memoryOf(argument)
  if (memory === undefined || memory.length < least) return undefined
  const known = type.size(memory.sizes)
  const text = type.print(memory, 0, () => 0n)
  const rest = memory.slice(known, memory.length - known)
  if (rest.every(byte => byte === 0)) return text
  return `${text.slice(0, -1)}, /* bytes ${known}..${memory.length - 1} */ ${quoteHex(rest)}}`
}
