/** The arguments of a traced call for programs: each value as it was passed. */
import { memoized } from '../../pipeline/memoized.ts'
import type { Argument } from './kind.ts'
import { toHex } from './values/hex.ts'
import { upperHalf } from './values/integers.ts'

/** C types of 32 bits whose upper half the kernel ignores. */
const SIGNED = /^(int|pid_t|clockid_t|key_t|timer_t|mqd_t|__s32|key_serial_t)$/
const UNSIGNED = /^(unsigned int|u32|__u32|uint32_t|uid_t|gid_t|qid_t|umode_t|rwf_t|enum \w+)$/

type Form = 'int' | 'uint' | 'pointer' | 'number'
function toForm(ctype: string): Form {
  if (SIGNED.test(ctype)) return 'int'
  if (UNSIGNED.test(ctype)) return 'uint'
  return ctype.endsWith('*') ? 'pointer' : 'number'
}

/** Forms by C type. The cache is bounded: types come from the tables only. */
const formOf = memoized(new Map<string, Form>(), toForm)

/** The register: an integer as a number; all that is not one in C, or is too big for a double, in hex. */
export function rawOf(ctype: string, argument: Argument): number | string {
  const form = formOf(ctype)
  if (form === 'int') return argument.int
  if (form === 'uint') return argument.uint
  const { number } = argument
  if (form === 'pointer' || !Number.isSafeInteger(number))
    return argument.isNull ? '0x0' : toHex(argument.uint, upperHalf(argument))
  return number
}
