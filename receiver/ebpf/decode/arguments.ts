/** The arguments of a traced call for programs: each value once as it was passed and once as text. */
import type { TracedCall } from './traced-call.ts'

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

function toRaw(
  ctype: string,
  { int, uint, number, value }: { int: number; uint: number; number: number; value: bigint },
): number | string {
  if (SIGNED.test(ctype)) return int
  if (UNSIGNED.test(ctype)) return uint
  if (ctype.endsWith('*') || !Number.isSafeInteger(number)) return `0x${value.toString(16)}`
  return number
}
