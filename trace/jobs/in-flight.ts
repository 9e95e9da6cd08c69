/** Looks at calls in flight for those who ask an agent. */
import type { Clock } from '../../pipeline/clock.ts'
import type { TracedCall } from '../../syscalls/decode/traced-call.ts'
import type { InFlightDocument } from '../api/in-flight.ts'
import type { CopyPolicy } from '../api/to-request.ts'
import type { Names } from '../formats/names.ts'
import { lookInFlight, toDocument } from '../in-flight/look.ts'
import { toJobSpec } from '../requests/job-of-request.ts'
import { NO_PODS, type PodView } from '../requests/pod-view.ts'
import type { TraceRequest } from '../requests/request.ts'
import { createNodeTargets, needsPods } from '../requests/targets.ts'
import type { TraceSession } from '../session/session.ts'
import { JobError } from './errors.ts'
import type { InFlightQuestion } from './job.ts'
import type { Copies } from './sessions.ts'

interface InFlightOptions {
  readonly clock: Pick<Clock, 'unixNano'>
  readonly names: Names
  readonly policy: CopyPolicy
  readonly redact: ((call: TracedCall) => void) | undefined
  /** Undefined: no pods are known. */
  readonly view: PodView | undefined
}

export interface InFlightLook {
  readonly copies: Copies
  /** Throws TRACE_JOB_REFUSED, TRACE_TOO_MANY_JOBS, NATIVE_BPF_LOAD_FAILED. */
  look(session: TraceSession, question: InFlightQuestion, node: string): InFlightDocument
}

const NAME = 'calls in flight'

export function createInFlightLook(options: InFlightOptions): InFlightLook {
  const { policy, view, ...telling } = options
  // As jobs copy by default: so that they share their programs.
  const copies = { stringBytes: policy.stringBytes, payloadBytes: 0, descriptors: true, environments: false }
  return {
    copies,
    look(session, { targets, calls, minNs, limit }, node) {
      if (!view && needsPods(targets))
        throw new JobError(
          'TRACE_JOB_REFUSED',
          `${NAME}: must not be of pods, as the agent knows none; set its pods`,
        )
      const request: TraceRequest = { calls, targets, filter: { minNs: 0, sample: 1 }, limits: copies }
      const spec = toJobSpec(NAME, request, createNodeTargets(targets, view ?? NO_PODS))
      return toDocument(lookInFlight(session, spec, minNs), { ...telling, session, node, limit })
    },
  }
}
