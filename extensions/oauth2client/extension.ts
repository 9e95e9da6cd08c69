import type { ClientAuth } from '../../pipeline/client-auth.ts'
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Create, Host, Part } from '../../pipeline/component.ts'
import { settlesBefore, startDeadline } from '../../pipeline/deadline.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { hostsOfParts } from '../../pipeline/host-parts.ts'
import { noCredentials } from '../../pipeline/no-credentials.ts'
import type { Oauth2Config } from './config.ts'
import { credentialsOf } from './credentials.ts'
import { describeFailure } from './failure.ts'
import { type HeldToken, holdToken } from './held-token.ts'
import type { TokenRequests } from './token-request.ts'

/** Limit for one request for a token where the configuration has none. */
const LONGEST_MS = 30_000
/** While the token at hand is good, a server that gave none is not asked again for so long. */
const PAUSE_MS = 5_000

/** What a start opens. */
interface Running {
  readonly requests: TokenRequests
  readonly host: Pick<Host, 'report'>
  close(): Promise<void>
}

/** Gives each request a token that a server gave for the credentials of the configuration, and asks for the next in time. */
export class Oauth2Client implements Part {
  readonly offers: { readonly clientAuth: ClientAuth }
  readonly #create: Create<Oauth2Config>
  readonly #clock: Clock
  readonly #stopping = new AbortController()
  #running: Running | undefined
  #token: HeldToken | undefined
  #asking: Promise<HeldToken> | undefined
  #quietUntilMs = 0

  constructor(create: Create<Oauth2Config>, clock: Clock = systemClock) {
    this.#create = create
    this.#clock = clock
    this.offers = { clientAuth: { headers: abort => this.#headers(abort) } }
  }

  /** Asks for nothing yet: the server may come later. Rejects with SwollError TLS_INVALID. */
  async start(host: Host): Promise<void> {
    const { config, id } = this.#create
    const [{ openConnections }, { TokenRequests }] = await Promise.all([
      import('./fetch.ts'),
      import('./token-request.ts'),
    ])
    const { fetch, close } = await openConnections(config).catch((cause: unknown) => {
      if (!(cause instanceof SwollError)) throw cause
      throw new SwollError(cause.code, `extensions::${id}::tls: ${cause.message}`, { cause })
    })
    const [ofFiles, ofServer] = hostsOfParts(host, 2) as [Host, Host]
    const credentials = credentialsOf(config, ofFiles, id)
    this.#running = { requests: new TokenRequests({ config, credentials, fetch }), host: ofServer, close }
  }

  async shutdown(): Promise<void> {
    this.#stopping.abort()
    await this.#asking?.catch(() => {})
    await this.#running?.close()
  }

  async #headers(abort: AbortSignal): Promise<Record<string, string>> {
    const nowMs = this.#clock.monotonicMs()
    const held = this.#token
    if (held && nowMs < held.endsAtMs) {
      if (nowMs >= held.renewAtMs && nowMs >= this.#quietUntilMs) this.#ask().catch(() => {}) // the host knows
      return { authorization: held.header }
    }
    const asking = this.#ask()
    if (!(await settlesBefore(asking, abort))) {
      asking.catch(() => {})
      throw noCredentials(`${shown(this.#create.config)}: gave no token in time`)
    }
    return { authorization: (await asking).header }
  }

  /** One request at a time, for all who wait. */
  #ask(): Promise<HeldToken> {
    this.#asking ??= this.#fetch().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #fetch(): Promise<HeldToken> {
    const { config } = this.#create
    const { requests, host } = this.#running!
    const limitMs = config.timeout || LONGEST_MS
    using deadline = startDeadline(limitMs, this.#clock)
    try {
      const given = await requests.ask(AbortSignal.any([deadline.signal, this.#stopping.signal]))
      this.#token = holdToken(given, this.#clock.monotonicMs(), config.expiry_buffer)
      host.report('ok')
      return this.#token
    } catch (cause) {
      this.#quietUntilMs = this.#clock.monotonicMs() + PAUSE_MS
      const address = shown(config)
      const late = `${address}: must give a token within ${limitMs / 1000} s (timeout)`
      const error = noCredentials(deadline.signal.aborted ? late : describeFailure(cause, address), cause)
      if (!this.#stopping.signal.aborted) host.report('recoverable', error)
      throw error
    }
  }
}

/** Without its query, which may hold a key. */
const shown = ({ token_url: url }: Oauth2Config) => url.replace(/\?.*$/s, '')
