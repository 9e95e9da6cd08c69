import type { Capability } from '../pipeline/capabilities.ts'

/** Capabilities that something takes after the start, and what that is. */
export interface Need {
  readonly capabilities: readonly Capability[]
  readonly why: string
}
