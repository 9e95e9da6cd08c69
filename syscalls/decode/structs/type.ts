/** The contract of a type in a caller's memory. Types only. */
import type { Memory, Sizes } from './memory.ts'

/** The value of a scalar field by its name, in the struct that is being printed. */
export type Siblings = (name: string) => bigint

/** A type of C: where it lies, and how strace prints one. Printing never throws, and reads only what `size` says. */
export interface Type {
  size(sizes: Sizes): number
  align(sizes: Sizes): number
  print(memory: Memory, at: number, siblings: Siblings): string
  /** Whether a struct shows this field. Absent: always. */
  isShown?(siblings: Siblings): boolean
  /** Printed as fields of the struct that holds it, without name and braces. */
  readonly isInline?: boolean
}

/** A type that is one integer. */
export interface Scalar extends Type {
  read(memory: Memory, at: number): bigint
}
