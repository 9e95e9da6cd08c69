/** What jobs need of the machine that they run on. Loaded with the first job: the tables of what calls take are large. */
import type { HostRoots } from '../../kernel/cgroups/roots.ts'
import { abisOf } from '../../kernel/settings.ts'
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Host } from '../../pipeline/component.ts'
import type { Lease } from '../../pipeline/services.ts'
import { type CopyPolicy, toTraceRequest } from '../api/to-request.ts'
import { createRedactor } from '../filters/redact.ts'
import type { Names } from '../formats/names.ts'
import { leaseSession } from '../host.ts'
import { createConsent } from '../requests/consent.ts'
import { toJobSpec } from '../requests/job-of-request.ts'
import type { JobSpec } from '../requests/jobs.ts'
import { createPodView, NO_PODS, type PodView } from '../requests/pod-view.ts'
import type { TraceRequest } from '../requests/request.ts'
import { createNodeTargets, needsPods } from '../requests/targets.ts'
import type { TraceSession } from '../session/session.ts'
import { LineEncoder } from './encode.ts'
import { JobError } from './errors.ts'
import { createInFlightLook, type InFlightLook } from './in-flight.ts'
import type { NewJob } from './job.ts'
import type { Copies } from './sessions.ts'

interface MachineOptions {
  readonly host: Pick<Host, 'service'>
  readonly clock: Clock
  readonly pods: PodStore | undefined
  readonly names: Names
  readonly policy: CopyPolicy
  /** Patterns of what is made illegible in whatever was copied. */
  readonly redact: readonly string[]
  readonly requireConsent: boolean
  readonly ringBytes: number
  readonly queueBytes: number
  readonly roots: HostRoots
}

/** A job in the words of a session. */
interface Order {
  readonly request: TraceRequest
  readonly spec: JobSpec
}

export interface Machine {
  readonly encoder: LineEncoder
  /** Throws TRACE_JOB_REFUSED. */
  toOrder(job: NewJob & { readonly id: string }): Order
  leaseSession(copies: Copies): Promise<Lease<TraceSession>>
  readonly inFlight: InFlightLook
}

export function createMachine(options: MachineOptions): Machine {
  const { host, names, policy, clock, ringBytes, queueBytes, roots } = options
  const redact = options.redact.length > 0 ? createRedactor(options.redact) : undefined
  const views = viewsOf(options)
  return {
    encoder: new LineEncoder({ abis: abisOf(process.arch), names, redact }),
    // One view for all looks: it remembers for how long a name has not come.
    inFlight: createInFlightLook({ clock, names, policy, redact, view: views?.() }),
    toOrder: job => toOrder(job, policy, views),
    leaseSession: copies => leaseSession(host, { ...copies, ringBytes, queueBytes, roots }),
  }
}

/** Each job has its own, since each is told once what has changed. Undefined: no pods are known. */
function viewsOf({ pods, clock, requireConsent }: MachineOptions): (() => PodView) | undefined {
  if (!pods) return undefined
  return () => {
    const consent = createConsent({ objects: pods.objects, isRequired: requireConsent })
    return createPodView(pods, () => clock.monotonicMs(), consent)
  }
}

function toOrder(
  { id, place, spec }: NewJob & { readonly id: string },
  policy: CopyPolicy,
  view: (() => PodView) | undefined,
): Order {
  const request = toTraceRequest(place, spec, policy)
  if (!view && needsPods(request.targets))
    throw new JobError(
      'TRACE_JOB_REFUSED',
      `${id}: must not be about pods, as the agent knows none; set its pods`,
      {
        problems: [{ path: '', message: 'must not be about pods, as the agent knows none; set its pods' }],
      },
    )
  try {
    return {
      request,
      spec: toJobSpec(id, request, createNodeTargets(request.targets, view ? view() : NO_PODS)),
    }
  } catch (error) {
    const { message } = error as Error
    throw new JobError('TRACE_JOB_REFUSED', `${id}: ${message}`, {
      cause: error,
      problems: [{ path: '', message }],
    })
  }
}
