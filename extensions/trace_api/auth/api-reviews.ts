/** What the API server says of tokens and rights: TokenReview and SubjectAccessReview. */
import type { ApiClient } from '../../../kubernetes/client/api-client.ts'
import { ApiError } from '../../../kubernetes/client/api-error.ts'
import type { Clock } from '../../../pipeline/clock.ts'
import { GROUP } from '../../../trace/api/documents.ts'
import { type Extra, GateError, type Identity, type TraceVerb } from './gate.ts'

/** For tokens that are shown to agents, and are of no use elsewhere: what the chart gives the controller. */
const OWN_AUDIENCE = 'swoll'
const RESOURCE = 'traces'
const TOKENS = { group: 'authentication.k8s.io', version: 'v1', resource: 'tokenreviews' }
const RIGHTS = { group: 'authorization.k8s.io', version: 'v1', resource: 'subjectaccessreviews' }
/** A client waits for the answer. */
const PATIENCE_MS = 10_000
/** Where the API server names no other time. */
const RETRY_AFTER_MS = 5000

interface TokenStatus {
  readonly authenticated?: boolean
  readonly user?: {
    readonly username?: string
    readonly uid?: string
    readonly groups?: readonly string[]
    readonly extra?: Extra
  }
  readonly audiences?: readonly string[]
}

interface ApiReviewsOptions {
  readonly client: Pick<ApiClient, 'send'>
  readonly clock: Clock
  readonly audiences: readonly string[]
  /** Told about every failure, and with undefined that it works again. */
  readonly onState: (problem: Error | undefined) => void
}

export class ApiReviews {
  readonly #options: ApiReviewsOptions
  readonly #closing = new AbortController()

  constructor(options: ApiReviewsOptions) {
    this.#options = options
  }

  /** Whose token it is; undefined: nobody's, or one for somebody else than us. Throws GateError. */
  async token(token: string): Promise<Identity | undefined> {
    const audiences = this.#audiencesFor(token)
    const spec = { token, ...(audiences.length > 0 && { audiences }) }
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec }
    const { authenticated, user, audiences: meant = [] } = await this.#review<TokenStatus>(TOKENS, review)
    if (authenticated !== true || !user?.username) return undefined
    // An authenticator that knows no audiences says yes to all, and names none.
    if (audiences.length > 0 && !audiences.some(audience => meant.includes(audience))) return undefined
    const { username: name, uid, groups = [], extra } = user
    return { name, groups, uid, extra, via: 'token' }
  }

  /** Without audiences of its own: the API server, or agents if the token says it is for them, which the API server then checks. */
  #audiencesFor(token: string): readonly string[] {
    const { audiences } = this.#options
    return audiences.length === 0 && isForAgents(token) ? [OWN_AUDIENCE] : audiences
  }

  /** Throws GateError. */
  async isAllowed(
    who: Identity,
    verb: TraceVerb,
    namespace: string | undefined,
    name: string | undefined,
  ): Promise<boolean> {
    const { name: user, groups, uid, extra } = who
    const resourceAttributes = { group: GROUP, resource: RESOURCE, verb, namespace, name }
    const spec = { user, groups, uid, extra, resourceAttributes }
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec }
    const { allowed, denied } = await this.#review<{ allowed?: boolean; denied?: boolean }>(RIGHTS, review)
    return allowed === true && denied !== true
  }

  close(): void {
    this.#closing.abort()
  }

  async #review<T extends object>(object: typeof TOKENS, body: object): Promise<Partial<T>> {
    const { client, clock, onState } = this.#options
    const late = new AbortController()
    const cancel = clock.after(PATIENCE_MS, () =>
      late.abort(new Error(`no answer for ${PATIENCE_MS / 1000} s`)),
    )
    try {
      const abort = AbortSignal.any([late.signal, this.#closing.signal])
      const answer = await client.send<{ status?: Partial<T> }>({ verb: 'create', object, body, abort })
      onState(undefined)
      return answer.status ?? {}
    } catch (cause) {
      onState(cause as Error)
      const retryAfterMs = (cause instanceof ApiError && cause.retryAfterMs) || RETRY_AFTER_MS
      throw new GateError(503, 'logins cannot be checked now; try again', { cause, retryAfterMs })
    } finally {
      cancel()
    }
  }
}

/** RFC 7519: the claim `aud` of a token that is a JSON Web Token. */
function isForAgents(token: string): boolean {
  try {
    const { aud } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    return [aud].flat().includes(OWN_AUDIENCE)
  } catch {
    return false
  }
}
