/** A call as lines show it: one that was just traced, or one that an agent has told of. Types only. */
import type { CallDefinition } from './definition.ts'

export interface ShownCall {
  readonly definition: Pick<CallDefinition, 'name' | 'shown'> & {
    readonly parameters: readonly { readonly name: string; readonly ctype: string }[]
  }
  /** Errno, outcome and ABI, in the form of syscalls/call.ts. */
  readonly high: number
  /** In the clock of its batch. */
  readonly startNs: bigint
  readonly durationNs: number
  readonly hasReturned: boolean
  /** Nobody saw it begin: it did so at `startNs` or earlier. */
  readonly hasBegunUnseen: boolean
  /** The error number that the call returned; 0: no error. */
  readonly errno: number
  /** The 32-bit word at this offset of tracedCallLayout: of its times and what it returned. */
  word(offset: number): number
  /** Empty: it is not shown. */
  printArgument(index: number): string
  /** What a call returned that did not fail. */
  printResult(): string
}
