/** The time that a call may wait, and the time left when it returns early. */
import type { Kind } from '../kind.ts'
import { sizesOf } from './memory.ts'
import { addressOf, one } from './pointers.ts'
import type { Type } from './type.ts'

/** `{tv_sec=5, tv_nsec=0}`; what is left follows the result as `left {…}`. */
export function timeout(type: Type): Kind {
  return {
    copies: abi => {
      const size = type.size(sizesOf(abi))
      return [
        { how: 'bytes', when: 'entry', size },
        { how: 'bytes', when: 'success', size },
      ]
    },
    print: argument => one(type, argument) ?? addressOf(argument),
    note(argument) {
      const left = (argument.returned ?? 0) > 0 ? one(type, argument, 1) : undefined
      return left === undefined ? undefined : `left ${left}`
    },
  }
}
