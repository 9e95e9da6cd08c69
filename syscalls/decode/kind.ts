/** What an argument of a system call can be: how much of its memory to copy, and how to show it. Types and nothing else. */
import type { Abi } from '../tables/syscalls.ts'

/** How the kernel side copies memory (`SWOLL_COPY_*` of bpf/trace.h says what each means). */
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
  /** As `strings`. */
  | 'environment'
export type When = 'entry' | 'success' | 'exit'

/** An order to copy memory that an argument points at. */
export interface Copy {
  readonly how: How
  readonly when: When
  /** Index of the argument that says how many. */
  readonly count?: number
  /** Of `bytes`, or of one element. */
  readonly size?: number
}

/** What is copied only for those who want it: data, what descriptors refer to, environments. */
export interface Extras {
  readonly payload: boolean
  readonly descriptors: boolean
  readonly environments: boolean
}

/** Memory as it was copied. The bytes are valid only during the call that is given them. */
export interface Chunk {
  readonly bytes: Uint8Array
  /** There was more than the limit allowed. */
  readonly isCut: boolean
  /** It could not be read; what could is in `bytes`, or of a string in a list its address. */
  readonly isUnreadable: boolean
  /** Of `strings`: the end of the list was reached with this one. */
  readonly isLast: boolean
  /** Of `messages`: which message it belongs to. Of a program's arguments: ARGV_… of bpf/trace.h. */
  readonly entry: number
}

/** One argument of one call. Reused: valid only during the call that is given it. */
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
  /** What the call returned; undefined: it never did. */
  readonly returned: number | undefined
  /** Whether it returned, and not an error. */
  readonly hasSucceeded: boolean
  /** Chunks of this argument's nth order (as its kind lists them in `copies`), by part; none: not copied. */
  chunks(order?: number): readonly Chunk[]
}

/** A kind of argument. Parameters, such as the index of another argument, are bound when the kind is made. */
export interface Kind {
  /** Orders to copy memory, for callers of this ABI, as the argument of this index. Absent: a plain value. */
  copies?(abi: Abi, index: number): readonly Copy[]
  /**
   * As strace prints it (abbreviated: `-s` limits strings, structs are not abbreviated). Never throws, whatever the memory
   * holds. An empty text leaves the argument out: a mode where no file is made, the upper half of a number shown before.
   */
  print(argument: Argument): string
  /** What strace adds behind the result, in parentheses, such as the descriptors that `poll` found ready. */
  note?(argument: Argument): string | undefined
}

/** What a call returned: as a signed integer, of which the double is exact below 2^53. Valid as long as an argument is. */
export interface Returned {
  readonly number: number
  readonly value: bigint
  argument(index: number): Argument
  /** What the descriptor that was returned refers to; none: it is none, or was not copied. */
  descriptor(): Chunk | undefined
}

/** Shows what a call returned that did not fail. */
export type PrintReturned = (returned: Returned) => string
