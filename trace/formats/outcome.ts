/** How a call ended, in a word or two. */

import { OUTCOME_NAMES, outcomeOf } from '../../syscalls/call.ts'
import type { ShownCall } from '../../syscalls/decode/shown-call.ts'
import { errnoName } from '../../syscalls/tables/errnos.ts'

/** `OK` or the name of the error, as the original swoll prints it; `-` for a call that never returned. */
export function errorOf(call: ShownCall): string {
  if (!call.hasReturned) return '-'
  return call.errno === 0 ? 'OK' : errnoName(call.errno)
}

/** `restarted`, `denied`, `killed`, `no_return`; `returned` is the usual. */
export function outcomeNameOf(call: ShownCall): string {
  return OUTCOME_NAMES[outcomeOf(call.high)] ?? 'returned'
}
