/** Bytes of a caller, read as the caller's calling convention lays them out. */
import type { Abi } from '../../tables/syscalls.ts'

/** Sizes in bytes that differ between calling conventions. */
export interface Sizes {
  /** Size of a pointer, and of a `size_t`. */
  readonly pointer: 4 | 8
  /** Size of `__kernel_long_t`: 8 on x32. */
  readonly long: 4 | 8
  /** Alignment of a 64-bit integer in a struct. */
  readonly wide: 4 | 8
  /** Some structs are of the machine. */
  readonly machine: 'x86' | 'arm'
}

const SIZES: Record<Abi, Sizes> = {
  x86_64: { pointer: 8, long: 8, wide: 8, machine: 'x86' },
  arm64: { pointer: 8, long: 8, wide: 8, machine: 'arm' },
  x32: { pointer: 4, long: 8, wide: 8, machine: 'x86' },
  arm: { pointer: 4, long: 4, wide: 8, machine: 'arm' },
  i386: { pointer: 4, long: 4, wide: 4, machine: 'x86' },
}

/** Memory of a caller. Reads outside of it give zeros, so that nothing that a program passes can make printing fail. */
export class Memory {
  readonly abi: Abi
  readonly sizes: Sizes
  readonly bytes: Uint8Array
  readonly #view: DataView

  constructor(abi: Abi, bytes: Uint8Array) {
    this.abi = abi
    this.sizes = SIZES[abi]
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get length(): number {
    return this.bytes.length
  }

  /** `length` bytes from `at`, or as many as there are. */
  slice(at: number, length: number): Uint8Array {
    return this.bytes.subarray(at, at + length)
  }

  /** The integer at `at`, of 1, 2, 4 or 8 bytes, little endian as all machines of swoll are. */
  integer(at: number, size: number, isSigned: boolean): bigint {
    if (at < 0 || at + size > this.length) return 0n
    if (size === 8) return isSigned ? this.#view.getBigInt64(at, true) : this.#view.getBigUint64(at, true)
    return BigInt(this.#small(at, size, isSigned))
  }

  #small(at: number, size: number, isSigned: boolean): number {
    if (size === 4) return isSigned ? this.#view.getInt32(at, true) : this.#view.getUint32(at, true)
    if (size === 2) return isSigned ? this.#view.getInt16(at, true) : this.#view.getUint16(at, true)
    return isSigned ? this.#view.getInt8(at) : this.#view.getUint8(at)
  }
}

/** The sizes of an ABI. */
export function sizesOf(abi: Abi): Sizes {
  return SIZES[abi]
}
