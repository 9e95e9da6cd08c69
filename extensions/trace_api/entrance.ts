/** What each request passes first: from which page it comes, who sends it, how often, and whether that user may. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { isOwnOrigin } from '../../pipeline/http/upgrade.ts'
import type { TraceSpec } from '../../trace/api/spec.ts'
import { ApiError } from './api-error.ts'
import type { Gate, Identity } from './auth/gate.ts'
import { retryAfter } from './error-answer.ts'
import type { RequestLimits } from './request-limits.ts'
import { type Answer, addressOf, type Operation, type Texts } from './routes/operation.ts'

interface EntranceOptions {
  readonly gate: Gate
  readonly limits: RequestLimits
  /** For WWW-Authenticate: how to log in here. */
  readonly challenge: string
}

/** How long a browser may remember what a preflight said. */
const PREFLIGHT_SECONDS = '600'

export class Entrance {
  readonly #options: EntranceOptions
  readonly #users = new WeakMap<FastifyRequest, Identity>()
  /** Of requests that were let in. */
  readonly #rights = new WeakMap<FastifyRequest, NonNullable<Operation['right']>>()

  constructor(options: EntranceOptions) {
    this.#options = options
  }

  /** Throws 401, 403 and 429. `right`: what is needed whatever is there. */
  readonly enter = async (
    request: FastifyRequest,
    reply: FastifyReply,
    right: Operation['right'],
  ): Promise<void> => {
    const { gate, limits, challenge } = this.#options
    this.#checkOrigin(request, reply)
    const who = await gate.authenticate(request.raw)
    if (!who) {
      this.#tell(request, undefined, 401, 'no login, or a wrong one', right)
      throw new ApiError(401, `${request.url}: must come with a login`, {
        headers: { 'www-authenticate': challenge },
      })
    }
    this.#users.set(request, who)
    const waitMs = limits.take(who.via === 'anonymous' ? `address ${addressOf(request.raw)}` : who.name)
    if (waitMs > 0)
      throw new ApiError(429, 'requests: must be fewer; try again later', { headers: retryAfter(waitMs) })
    if (!right) return
    await this.#checkRight(request, who, right)
    this.#rights.set(request, right)
  }

  /** Tells the audit log of a job that was asked for in vain by somebody who may have jobs; what they may not was told already. */
  refused(request: FastifyRequest, { status, body }: Answer): void {
    const right = this.#rights.get(request)?.(request.params as Texts)
    if (right?.verb !== 'create' || status === 403) return
    const { id } = { ...(request.query as Texts), ...(request.params as Texts) }
    const { error } = body as { readonly error: string }
    this.#options.gate.audit({
      ...right,
      who: this.#users.get(request),
      address: addressOf(request.raw),
      job: typeof id === 'string' ? id : undefined,
      status,
      reason: error,
      // Else it is none.
      ...(status !== 400 && { spec: request.body as TraceSpec | undefined }),
    })
  }

  /** Throws if nobody has entered. */
  whoIs(request: FastifyRequest): Identity {
    const who = this.#users.get(request)
    if (!who) throw new Error('a request was to be answered before anybody asked who sends it')
    return who
  }

  /** Undefined: nobody who has logged in. */
  userOf(request: FastifyRequest): string | undefined {
    return this.#users.get(request)?.name
  }

  /** Says what may be asked for. A browser asks so before it lets a page do it, and without a login. */
  preflight(request: FastifyRequest, reply: FastifyReply, allow: string): FastifyReply {
    this.#checkOrigin(request, reply)
    return reply
      .headers({
        allow,
        'access-control-allow-methods': allow,
        'access-control-allow-headers': 'authorization, swoll-authorization, content-type, last-event-id',
        'access-control-max-age': PREFLIGHT_SECONDS,
      })
      .code(204)
      .send()
  }

  #checkOrigin({ raw, url }: FastifyRequest, reply: FastifyReply): void {
    const { origin } = raw.headers
    if (!this.#options.gate.acceptsOrigin(raw))
      throw new ApiError(
        403,
        `${url}: must not be asked for by pages of ${origin}; allowed_origins of the agent lists who may`,
      )
    if (isOwnOrigin(raw)) return
    reply.headers({
      vary: 'origin',
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'swoll-run, swoll-node, location, retry-after',
    })
  }

  async #checkRight(request: FastifyRequest, who: Identity, right: NonNullable<Operation['right']>) {
    const { verb, namespace } = right(request.params as Texts)
    if (await this.#options.gate.allows(who, verb, namespace)) return
    const where = namespace === undefined ? 'in all namespaces, and on the node' : `in namespace ${namespace}`
    const reason = `${who.name} must have the right to ${verb} traces ${where}`
    this.#tell(request, who, 403, reason, right)
    throw new ApiError(403, `${request.url}: ${reason}`)
  }

  #tell(
    request: FastifyRequest,
    who: Identity | undefined,
    status: number,
    reason: string,
    right?: Operation['right'],
  ): void {
    const { verb = 'get', namespace } = right?.(request.params as Texts) ?? {}
    this.#options.gate.audit({ who, address: addressOf(request.raw), verb, namespace, status, reason })
  }
}
