/** A request as the session takes it. */

import type { Filter } from '../../kernel/tracing.ts'
import { createCallSet } from '../../syscalls/call-set.ts'
import { errnoOf } from '../../syscalls/tables/errnos.ts'
import { createLateTest } from '../filters/call-test.ts'
import type { JobSpec } from './jobs.ts'
import type { CallFilter, TraceRequest } from './request.ts'
import type { Targets } from './targets.ts'

/** `targets` are those of the request. Its lists must be faultless. */
export function toJobSpec(name: string, request: TraceRequest, targets: Targets): JobSpec {
  const filter = toFilter(request.filter)
  const { targets: selection } = request
  return {
    name,
    wantsCall: createCallSet(request.calls),
    ...(selection.kind === 'processes' ? { pids: selection.pids } : { wants: targets.decide }),
    ...(filter && { filter }),
    ...(request.inFlight && { inFlight: { isAlone: false } }),
    isWanted: createLateTest(request.filter),
    hasChanged: targets.hasChanged,
  }
}

/** The kernel side's number for success; it lets calls pass with it that never return. */
const NO_ERROR = 0

/** Undefined: it lets everything pass. */
function toFilter(wanted: CallFilter): Filter | undefined {
  const { minNs, sample, uid, comm, errors, isSuccessful } = wanted
  const filter: Filter = {
    ...(minNs > 0 && { minNs }),
    ...(sample > 1 && { sample }),
    ...(uid !== undefined && { uid }),
    ...(comm !== undefined && { comm }),
    ...(isSuccessful && { errors: [NO_ERROR] }),
    ...(errors && { errors: errors.length === 0 ? 'any' : errors.map(error => errnoOf(error)!) }),
  }
  return Object.keys(filter).length === 0 ? undefined : filter
}
