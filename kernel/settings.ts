/** Constants that are set in the BPF object before it is loaded. */
import {
  ABIS,
  MODE_EXACT,
  MODE_OFF,
  MODE_SAMPLED,
  NO_NUMBER,
  numbersLayout,
} from '../native/generated/layout.ts'
import { type Abi, nativeAbi, syscallNumber } from '../syscalls/tables/syscalls.ts'

export type LatencyMode = 'exact' | 'sampled' | 'off'

export const MODES: Readonly<Record<LatencyMode, number>> = {
  exact: MODE_EXACT,
  sampled: MODE_SAMPLED,
  off: MODE_OFF,
}

/** Kernel memory: per CPU, sets of 4 counters (832 bytes) and a ring; for all CPUs, in-flight slots of 40 bytes. */
export interface Sizes {
  readonly setsPerCpu: number
  readonly ringBytes: number
  readonly inflightSlots: number
}

/** ABIs by the number the kernel side gives them (SWOLL_ABI_*), or undefined where the machine lacks one. */
export function abisOf(arch: string): readonly (Abi | undefined)[] {
  const native = nativeAbi(arch)
  return native === 'x86_64' ? ['x86_64', 'i386', 'x32'] : [native, 'arm', undefined]
}

const X32_SYSCALL_BIT = 0x40000000

/** The bytes of `numbers[ABIS]`: syscalls that do not simply return, for each ABI of `arch`. */
export function toNumbers(arch: string): Uint8Array {
  const words = new Uint32Array((ABIS * numbersLayout.size) / 4).fill(NO_NUMBER)
  for (const [i, abi] of abisOf(arch).entries()) {
    if (abi === undefined) continue
    const set = (offset: number, name: string): void => {
      const number = syscallNumber(abi, name)
      if (number === undefined) return
      words[(i * numbersLayout.size + offset) / 4] = abi === 'x32' ? number | X32_SYSCALL_BIT : number
    }
    set(numbersLayout.exit, 'exit')
    set(numbersLayout.exitGroup, 'exit_group')
    set(numbersLayout.sigreturn, 'sigreturn')
    set(numbersLayout.rtSigreturn, 'rt_sigreturn')
    set(numbersLayout.fork, 'fork')
    set(numbersLayout.vfork, 'vfork')
    set(numbersLayout.clone, 'clone')
    set(numbersLayout.clone3, 'clone3')
  }
  return new Uint8Array(words.buffer)
}

/** A 32-bit global variable's bytes, signed or not. */
export function toWord(value: number): Uint8Array {
  return toBytes(Uint32Array.of(value))
}

/** A 64-bit global variable's bytes. */
export function toLong(value: bigint): Uint8Array {
  return toBytes(BigUint64Array.of(value))
}

/** The memory of an array, as bytes. */
export function toBytes({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
