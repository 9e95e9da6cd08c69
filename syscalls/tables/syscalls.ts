/** Names and numbers of system calls, per calling convention (ABI) of the kernel. */
import { memoized } from '../../pipeline/memoized.ts'
import { arm, arm64, i386, x32, x86_64 } from './generated/syscalls.ts'

const RUNS = { x86_64, i386, x32, arm64, arm }
/** The ABIs of the machines swoll runs on. */
export type Abi = keyof typeof RUNS
export const ABIS = Object.keys(RUNS) as readonly Abi[]

const X32_BIT = 0x4000_0000
const INT32_MAX = 0x7fff_ffff

interface Table {
  readonly names: ReadonlyMap<number, string>
  readonly numbers: ReadonlyMap<string, number>
}
const tableOf = memoized(new Map<Abi, Table>(), abi => {
  const names = toNames(RUNS[abi])
  return { names, numbers: new Map([...names].map(([number, name]) => [name, number])) }
})

/** Number → name of a generated list of runs. */
export function toNames(runs: readonly (readonly [number, string])[]): Map<number, string> {
  const names = new Map<number, string>()
  for (const [first, text] of runs) {
    for (const [i, name] of text.trim().split(/\s+/).entries()) names.set(first + i, name)
  }
  return names
}

/** The ABI of native programs on `arch`, a `process.arch`; undefined where swoll has no tables. */
export function nativeAbi(arch: string): Abi | undefined {
  if (arch === 'x64') return 'x86_64'
  return arch === 'arm64' ? 'arm64' : undefined
}

/**
 * `openat`; or `syscall_0x3e7` for a number that has no name, as strace has it. Numbers from 2^31 are the negative integers that
 * they are in the kernel, in as many digits as a register of the ABI has. For x32, bit 30 (0x40000000) may be set or already
 * stripped, and is not printed.
 */
export function syscallName(abi: Abi, number: number): string {
  const signed = number > INT32_MAX ? number | 0 : number
  const index = abi === 'x32' && signed >= X32_BIT ? signed - X32_BIT : signed
  return tableOf(abi).names.get(index) ?? numberName(abi, index)
}

/** The name of a call that has only a number begins with this prefix. */
const NUMBER_PREFIX = 'syscall_0x'

function numberName(abi: Abi, index: number): string {
  const upper = index < 0 && abi !== 'i386' && abi !== 'arm' ? 'ffffffff' : ''
  return `${NUMBER_PREFIX}${upper}${(index >>> 0).toString(16)}`
}

/** The number of `name` (without bit 30 for x32), or undefined when the ABI has no such call. */
export function syscallNumber(abi: Abi, name: string): number | undefined {
  return tableOf(abi).numbers.get(name)
}

/** All names of an ABI, by ascending number. */
export function syscallNames(abi: Abi): readonly string[] {
  return [...tableOf(abi).names.values()]
}
