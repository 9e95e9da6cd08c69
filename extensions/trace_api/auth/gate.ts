/** Who may do what: what the routes of the API ask before they do anything. */
import type { IncomingMessage } from 'node:http'
import type { PodStore } from '../../../kubernetes/pods/pod-store.ts'
import type { Host } from '../../../pipeline/component.ts'
import type { TraceSpec } from '../../../trace/api/spec.ts'
import type { CopyPolicy, JobPlace } from '../../../trace/api/to-request.ts'

/** Verbs of rights, on the resource `traces` of the group `tools.swoll.criticalstack.com`. */
export const VERBS = ['get', 'create', 'delete', 'watch'] as const
export type TraceVerb = (typeof VERBS)[number]

/** What else the API server knows of a user, such as the pod that a token is bound to. */
export type Extra = Readonly<Record<string, readonly string[]>>

export interface Identity {
  readonly name: string
  readonly groups: readonly string[]
  readonly uid?: string | undefined
  readonly extra?: Extra | undefined
  readonly via: 'token' | 'certificate' | 'static' | 'htpasswd' | 'anonymous'
}

/** A mistake of a request: `path` in its body, such as `payloadLimit`. */
export interface Problem {
  readonly path: string
  readonly message: string
}

/** One line of the audit log. Never has a token. */
export interface AuditRecord {
  /** Undefined: nobody who has logged in. */
  readonly who: Identity | undefined
  /** With `end`: the name of who had the job made. */
  readonly owner?: string | undefined
  /** The client's, without a port. */
  readonly address: string | undefined
  /** `end`: a job is over. */
  readonly verb: TraceVerb | 'end'
  /** Undefined: the node. */
  readonly namespace: string | undefined
  readonly job?: string | undefined
  /** The HTTP status of the answer; absent for `end`. */
  readonly status?: number | undefined
  /** Why it was refused, or the job ended. */
  readonly reason?: string | undefined
  /** Of a job that was asked for. */
  readonly spec?: TraceSpec | undefined
  /** Of a job that is over: NAMESPACE/POD/CONTAINER of those whose calls came, and how many calls. */
  readonly matched?: readonly string[] | undefined
  readonly calls?: number | undefined
}

/** The answer to a request that the gate stops: neither yes nor no. */
export class GateError extends Error {
  /** 429: too many failed logins from this address; 503: who knows is not to be reached. */
  readonly status: 429 | 503
  readonly retryAfterMs: number
  constructor(
    status: 429 | 503,
    message: string,
    { retryAfterMs, ...options }: ErrorOptions & { readonly retryAfterMs: number },
  ) {
    super(message, options)
    this.name = 'GateError'
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

export interface Gate {
  /** What jobs may copy at most: for `toTraceRequest`. */
  readonly policy: CopyPolicy
  /** Begins to read what it needs. Rejects where a file or the way to the API server is wrong. */
  start(host: Pick<Host, 'service' | 'report'>, abort: AbortSignal): Promise<void>
  /** Whether the page that a browser says this comes from may ask; without an Origin header: yes. No: 403. */
  acceptsOrigin(request: IncomingMessage): boolean
  /** Undefined: no login, or a wrong one: 401. Throws GateError. */
  authenticate(request: IncomingMessage): Promise<Identity | undefined>
  /**
   * Whether the verb is allowed on traces in the namespace; undefined: in all of them, and on the node. `name`: of the Trace, so that rights can
   * be given for single ones. Throws GateError.
   */
  allows(
    who: Identity,
    verb: TraceVerb,
    namespace: string | undefined,
    name?: string | undefined,
  ): Promise<boolean>
  /**
   * Whether it is still so for what was begun with this request: the login counts, it is the same user's, and the right is there. Throws
   * GateError.
   */
  stillAllows(
    request: IncomingMessage,
    who: Identity,
    verb: TraceVerb,
    namespace: string | undefined,
    name?: string | undefined,
  ): Promise<boolean>
  /** What the policy of this agent, or the namespace, has against a job: 403 if there is any. `pods`: those of the node, if they are known. */
  checkSpec(
    who: Identity,
    place: JobPlace,
    spec: TraceSpec,
    pods?: Pick<PodStore, 'objects'>,
  ): Promise<readonly Problem[]>
  audit(record: AuditRecord): void
  close(): Promise<void>
}
