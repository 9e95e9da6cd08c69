/** The kinds of arguments of system calls: how much of their memory to copy, and how to show them. Types only. */
import type { Abi } from '../tables/syscalls.ts'

/** The ways in which the kernel side copies memory; `SWOLL_COPY_*` of bpf/trace.h explains them. */
export type How =
  | 'bytes'
  | 'string'
  | 'array'
  | 'returned'
  | 'pointed'
  | 'strings'
  | 'iovecs'
  | 'message'
  | 'payload'
  | 'returned_payload'
  | 'ioctl'
  | 'sized'
  | 'descriptor'
  | 'descriptor_pair'
  | 'pointed_pair'
  | 'messages'
  | 'few'
  /** Like `strings`. */
  | 'environment'
export type When = 'entry' | 'success' | 'exit'

/** An order to copy memory that an argument points at. */
export interface Copy {
  readonly how: How
  readonly when: When
  /** Index of the argument that says how many. */
  readonly count?: number
  /** Size of `bytes`, or of one element. */
  readonly size?: number
}

/** Memory that is copied only on request: data, the files behind descriptors, environments. */
export interface Extras {
  readonly payload: boolean
  readonly descriptors: boolean
  readonly environments: boolean
}

/** Copied memory. The bytes are valid only while the function runs that received them. */
export interface Chunk {
  readonly bytes: Uint8Array
  /** There was more than the limit allowed. */
  readonly isCut: boolean
  /** The memory could not be read to its end. `bytes` has the readable part, or the address of a string in a list. */
  readonly isUnreadable: boolean
  /** For `strings`: this one is the last of the list. */
  readonly isLast: boolean
  /** For `messages`: the index of the message. For a program's arguments: ARGV_… of bpf/trace.h. */
  readonly entry: number
}

/** One argument of one call. The object is reused: valid only while the function runs that received it. */
export interface Argument {
  readonly abi: Abi
  /** Bytes of a pointer and a long in the caller: 4 or 8. */
  readonly wordSize: 4 | 8
  readonly index: number
  /** The register: as an unsigned 64-bit integer, and its low half as a signed and an unsigned 32-bit one. */
  readonly value: bigint
  readonly int: number
  readonly uint: number
  /** The register as a double: exact below 2^53, which every size, flag and id is. */
  readonly number: number
  readonly isNull: boolean
  /** Another argument of the call. */
  other(index: number): Pick<Argument, 'value' | 'int' | 'uint' | 'number' | 'chunks'>
  /** The call's result; undefined: the call never returned. */
  readonly returned: number | undefined
  /** Whether the call returned without an error. */
  readonly hasSucceeded: boolean
  /** Chunks of this argument's nth order (as its kind lists them in `copies`), by part; none: not copied. */
  chunks(order?: number): readonly Chunk[]
  /** The same argument for a kind whose nth order is `orders[n]` of this one's. */
  reordered(orders: readonly number[]): Argument
}

/** A kind of argument. Parameters, such as the index of another argument, are bound when the kind is made. */
export interface Kind {
  /** Orders to copy memory, for callers of this ABI, as the argument of this index. Absent: a plain value. */
  copies?(abi: Abi, index: number): readonly Copy[]
  /**
   * Returns the argument as strace prints it (abbreviated: `-s` limits strings, structs are not abbreviated). Never throws, whatever the memory
   * holds. An empty text leaves the argument out: a mode where no file is made, the upper half of a number shown before.
   */
  print(argument: Argument): string
  /** Returns the text in parentheses that strace adds behind the result, such as the descriptors that `poll` found ready. */
  note?(argument: Argument): string | undefined
}

/** The result of a call, as a signed integer; the double is exact below 2^53. Valid as long as an argument is. */
export interface Returned {
  readonly number: number
  readonly value: bigint
  argument(index: number): Argument
  /** The file behind the returned descriptor. Undefined: the result is no descriptor, or nothing was copied. */
  descriptor(): Chunk | undefined
}

/** Shows what a call returned that did not fail. */
export type PrintReturned = (returned: Returned) => string
