/** Users of the cluster: of tokens, and of client certificates that its authority has signed. Answers are remembered for seconds. */
import type { Clock } from '../../../pipeline/clock.ts'
import type { ApiReviews } from './api-reviews.ts'
import { BriefCache } from './brief-cache.ts'
import { createFingerprint } from './fingerprint.ts'
import { GateError, type Identity, type TraceVerb } from './gate.ts'
import type { CertificateCredential, Login } from './login.ts'

/** So late a token or right that is taken away ends: each of the two is asked for again after this. */
const YES_MS = 10_000
/** Who is given a right does not wait long for it. */
const NO_MS = 3000
const MAX_TOKENS = 1024
const MAX_RIGHTS = 8192
/** Questions to the API server at once: of tokens, which anybody may show, and of rights, which a list of jobs asks for all at once. */
const MAX_TOKENS_UNDER_WAY = 64
const MAX_RIGHTS_UNDER_WAY = 1024
const RETRY_AFTER_MS = 1000
/** The API server puts everybody who has logged in into it. */
const AUTHENTICATED = 'system:authenticated'

export class ClusterLogins {
  readonly #reviews: Pick<ApiReviews, 'token' | 'isAllowed'>
  readonly #tokens: BriefCache<Login | undefined>
  readonly #rights: BriefCache<boolean>
  readonly #fingerprint = createFingerprint()

  constructor(reviews: Pick<ApiReviews, 'token' | 'isAllowed'>, clock: Clock) {
    this.#reviews = reviews
    this.#tokens = new BriefCache({ clock, max: MAX_TOKENS, holdsMs: login => (login ? YES_MS : NO_MS) })
    this.#rights = new BriefCache({ clock, max: MAX_RIGHTS, holdsMs: is => (is ? YES_MS : NO_MS) })
  }

  /** Undefined: the token is nobody's. Throws GateError. */
  ofToken(token: string): Promise<Login | undefined> {
    return this.#tokens.get(this.#fingerprint(token), async () => {
      checkRoom(this.#tokens.underWay, MAX_TOKENS_UNDER_WAY)
      const who = await this.#reviews.token(token)
      return who && this.#login(who)
    })
  }

  ofCertificate({ name, groups }: CertificateCredential): Login {
    return this.#login({ name, groups: [...new Set([...groups, AUTHENTICATED])], via: 'certificate' })
  }

  #login(who: Identity): Login {
    const allows: Login['allows'] = async (verb, namespace, name) =>
      // Most rights are for all names: one question is then enough for all jobs of a namespace.
      (await this.#allows(who, verb, namespace)) ||
      (name !== undefined && (await this.#allows(who, verb, namespace, name)))
    return { who, allows }
  }

  #allows(who: Identity, verb: TraceVerb, namespace: string | undefined, name?: string): Promise<boolean> {
    const { name: user, groups, uid = '', extra } = who
    const whom = [user, uid, JSON.stringify(groups), JSON.stringify(extra) ?? '']
    const key = this.#fingerprint(...whom, verb, JSON.stringify([namespace ?? null, name ?? null]))
    return this.#rights.get(key, async () => {
      checkRoom(this.#rights.underWay, MAX_RIGHTS_UNDER_WAY)
      return this.#reviews.isAllowed(who, verb, namespace, name)
    })
  }
}

function checkRoom(underWay: number, most: number): void {
  if (underWay > most)
    throw new GateError(503, 'too many logins are being checked; try again', { retryAfterMs: RETRY_AFTER_MS })
}
