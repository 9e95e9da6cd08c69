/** The definition of each system call: parameters, their kinds, the memory to copy, and the printer of the result. */
import { ARGUMENTS } from '../../native/generated/trace-layout.ts'
import { type Abi, syscallName } from '../tables/syscalls.ts'
import { type Line, lineOf, lineOfKinds } from './calls/lines.ts'
import type { Copy, Kind, PrintReturned } from './kind.ts'
import { toKind } from './kinds.ts'
import { returnedCopy, toPrintReturned } from './returned.ts'
import { type Parameter, parametersOf, UNKNOWN_PARAMETERS } from './signatures.ts'

interface DefinedParameter extends Parameter {
  readonly kind: Kind
  /** Index in `copies` of the parameter's first order. */
  readonly firstOrder: number
}

export interface CallDefinition {
  /** `openat`, or `syscall_0x3e7`. */
  readonly name: string
  readonly parameters: readonly DefinedParameter[]
  /** Parameters to show, in order. */
  readonly shown: Line['shown']
  /** Parameters that may add something to what is returned. */
  readonly noted: readonly number[]
  /** Orders of all parameters in their order, then of the result: at most `COPIES` of trace.h. */
  readonly copies: readonly (Copy & { readonly argument: number })[]
  readonly printReturned: PrintReturned
  /** The result is shown as the number it is, with nothing behind it. */
  readonly returnsNumber: boolean
  /** Index in `copies` of the order for the returned descriptor; -1: the call returns no descriptor. */
  readonly returnedOrder: number
}

const MAX_KEPT = 1024
const definitions: Record<Abi, (CallDefinition | undefined)[]> = {
  x86_64: [],
  i386: [],
  x32: [],
  arm64: [],
  arm: [],
}

/** The definition of a call; the same object each time. `number` is without bit 30 for x32; any number has a definition. */
export function definitionOf(abi: Abi, number: number): CallDefinition {
  const known = definitions[abi]
  const definition = known[number] ?? define(abi, number)
  // Programs may call any number: only those of tables are kept.
  if (number < MAX_KEPT) known[number] = definition
  return definition
}

function define(abi: Abi, number: number): CallDefinition {
  const name = syscallName(abi, number)
  const signature = parametersOf(abi, name) ?? UNKNOWN_PARAMETERS
  const { kinds, shown, returns } = lineOf(abi, name) ?? fallback(signature)
  const copies: (Copy & { argument: number })[] = []
  const parameters = signature.map((parameter, argument): DefinedParameter => {
    const kind = toKind(kinds[argument] ?? 'hex')
    const firstOrder = copies.length
    for (const copy of kind.copies?.(abi, argument) ?? []) copies.push({ ...copy, argument })
    return { ...parameter, kind, firstOrder }
  })
  const noted = parameters.flatMap(({ kind }, index) => (kind.note === undefined ? [] : [index]))
  const returned = returnedCopy(returns)
  if (returned) copies.push({ ...returned, argument: ARGUMENTS })
  return {
    name,
    parameters,
    shown,
    noted,
    copies,
    printReturned: toPrintReturned(returns),
    returnsNumber: returns === 'int' && noted.length === 0,
    returnedOrder: returned ? copies.length - 1 : -1,
  }
}

/** Makes the line of a call that no table has from its C types: calls of kernels newer than the tables. */
function fallback(parameters: readonly Parameter[]): Line {
  return lineOfKinds(parameters.map(({ ctype }) => kindOfType(ctype)))
}

function kindOfType(ctype: string): string {
  if (/^(const )?char \*$/.test(ctype)) return 'string'
  if (ctype.endsWith('*')) return 'ptr'
  if (/^(int|pid_t|clockid_t|key_t|timer_t|mqd_t|__s32|key_serial_t)$/.test(ctype)) return 'int'
  if (/^(unsigned int|u32|__u32|uint32_t)$/.test(ctype)) return 'uint'
  if (ctype === 'size_t') return 'ulong'
  return 'hex'
}
