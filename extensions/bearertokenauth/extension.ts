import { onAbort } from '../../pipeline/abort.ts'
import type { ClientAuth } from '../../pipeline/client-auth.ts'
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Create, Host, Part } from '../../pipeline/component.ts'
import { type Credential, toCredential } from '../../pipeline/credential.ts'
import { noCredentials } from '../../pipeline/no-credentials.ts'
import { pause } from '../../pipeline/pause.ts'
import type { BearerTokenConfig } from './config.ts'

/** Gives each request a token, of the configuration or of a file. */
export class BearerTokenAuth implements Part {
  readonly offers: { readonly clientAuth: ClientAuth }
  readonly #create: Create<BearerTokenConfig>
  readonly #clock: Clock
  readonly #stopping = new AbortController()
  #token: Credential | undefined

  constructor(create: Create<BearerTokenConfig>, clock: Clock = systemClock) {
    this.#create = create
    this.#clock = clock
    this.offers = { clientAuth: { headers: () => this.#headers() } }
  }

  /** Rejects with SwollError LOGIN_FILE_INVALID if the file cannot be read and is not to come later. */
  async start(host: Host, abort: AbortSignal): Promise<void> {
    const { wait_for_token_file: mustWait, retry_on_failure: retry } = this.#create.config
    this.#token = this.#toCredential(host)
    using _ = onAbort(abort, () => this.#stopping.abort())
    const found = this.#find(this.#token)
    if (mustWait || !retry.enabled) await found
    else found.catch(() => {}) // the host knows, and each request looks again
  }

  async shutdown(): Promise<void> {
    this.#stopping.abort()
  }

  #toCredential(host: Host): Credential {
    const { config, log, id } = this.#create
    const { token, tokens, filename } = config
    const [first] = tokens
    if (first && filename) log.warn({}, 'No token is read from filename, since there are tokens')
    if (token && filename) log.warn({}, 'The token is not used, since there is a filename')
    return toCredential({
      value: first ?? token,
      file: first ? undefined : filename,
      key: `extensions::${id}::filename`,
      host,
      mayComeLater: config.retry_on_failure.enabled,
    })
  }

  /** Looks for the token until it is there, or is to be looked for no longer: rejects with the last error then. */
  async #find(token: Credential): Promise<void> {
    const { enabled, max_retries: most, interval } = this.#create.config.retry_on_failure
    for (let retries = 0; ; retries++)
      try {
        await token.read()
        return
      } catch (error) {
        if (!enabled || (most > 0 && retries >= most) || this.#stopping.signal.aborted) throw error
        await pause(this.#clock, interval, this.#stopping.signal)
      }
  }

  async #headers(): Promise<Record<string, string>> {
    const { id, config } = this.#create
    const text = await this.#token!.read().catch((cause: Error) => {
      throw noCredentials(cause.message, cause)
    })
    const [token = ''] = text.split(/\s/)
    if (!/^[\x21-\x7e]+$/.test(token))
      throw noCredentials(`extensions::${id}::filename: the token must be printable ASCII; mend the file`)
    const name = config.header.toLowerCase()
    return { [name]: config.scheme === '' ? token : `${config.scheme} ${token}` }
  }
}
