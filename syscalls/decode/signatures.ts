/** The parameters of system calls: names and C types, per ABI. */
import { memoized } from '../../pipeline/memoized.ts'
import type { Abi } from '../tables/syscalls.ts'
import { arm, arm64, i386, native } from './generated/signatures.ts'

export interface Parameter {
  readonly name: string
  /** `const char *`: without what only the kernel needs. */
  readonly ctype: string
}

const OVERRIDES: Readonly<Partial<Record<Abi, string>>> = { arm64, i386, arm }
const tableOf = memoized(
  new Map<Abi, ReadonlyMap<string, readonly Parameter[]>>(),
  abi => new Map([...toTable(native), ...toTable(OVERRIDES[abi] ?? '')]),
)

/** Parameters of a call by name, in order; undefined: no such call, or nobody knows. */
export function parametersOf(abi: Abi, name: string): readonly Parameter[] | undefined {
  return tableOf(abi).get(name)
}

/** The parameters of a call without a name (`syscall_0x3e7`): six words of unknown meaning. */
export const UNKNOWN_PARAMETERS: readonly Parameter[] = Array.from({ length: 6 }, (_, i) => ({
  name: `arg${i}`,
  ctype: 'unsigned long',
}))

function toTable(text: string): [string, Parameter[]][] {
  const lines = [...text.matchAll(/^(\w+)\((.*)\)$/gm)]
  return lines.map(([, name, parameters]) => [
    name!,
    parameters === 'void' ? [] : parameters!.split(', ').map(toParameter),
  ])
}

function toParameter(text: string): Parameter {
  const [, ctype, name] = /^(.*?)(\w+)$/.exec(text)!
  return { name: name!, ctype: ctype!.trim() }
}
