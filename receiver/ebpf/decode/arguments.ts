/** The arguments of a traced call for programs: each value once as it was passed and once as text. */
import type { Argument } from './kind.ts'
import type { TracedCall } from './traced-call.ts'
import { toHex } from './values/hex.ts'
import { upperHalf } from './values/integers.ts'

export interface PrintedArgument {
  readonly name: string
  /** C type. */
  readonly type: string
  /** The register: an integer as a number, everything that is not one in C, or too big for a double, in hex. */
  readonly raw: number | string
  /** As `printCall` shows it; empty where it leaves the argument out. */
  readonly text: string
}

/** All arguments, in order. */
export function argumentsOf(call: TracedCall): PrintedArgument[] {
  return call.definition.parameters.map(({ name, ctype, kind }, index) => {
    const argument = call.argument(index)
    return { name, type: ctype, raw: toRaw(ctype, argument), text: kind.print(argument) }
  })
}

/** C types of 32 bits whose upper half the kernel ignores. */
const SIGNED = /^(int|pid_t|clockid_t|key_t|timer_t|mqd_t|__s32|key_serial_t)$/
const UNSIGNED = /^(unsigned int|u32|__u32|uint32_t|uid_t|gid_t|qid_t|umode_t|rwf_t|enum \w+)$/

function toRaw(ctype: string, argument: Argument): number | string {
  if (SIGNED.test(ctype)) return argument.int
  if (UNSIGNED.test(ctype)) return argument.uint
  const { number } = argument
  if (ctype.endsWith('*') || !Number.isSafeInteger(number))
    return argument.isNull ? '0x0' : toHex(argument.uint, upperHalf(argument))
  return number
}
