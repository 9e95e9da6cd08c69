import type { ContextName } from './contexts.ts'
import type { Condition } from './cursor.ts'
import type { Edit } from './edit.ts'
import type { OnError } from './select.ts'

/** With whom to tell that it could not be evaluated. */
interface Watched {
  readonly onError: OnError
}

export interface WatchedCondition extends Watched {
  readonly condition: Condition
}

/** Edits of one context, in their order, for what one of the conditions is true of before the first; no condition: for all. */
export interface Step {
  readonly context: ContextName
  readonly conditions: readonly WatchedCondition[]
  readonly edits: readonly (Edit & Watched)[]
}
