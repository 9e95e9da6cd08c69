/** Who a request is from, by all the ways of logging in that the configuration has. */
import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../../pipeline/clock.ts'
import { watchFiles } from '../../../pipeline/file-changes.ts'
import type { Logger } from '../../../pipeline/telemetry.ts'
import { BriefCache } from './brief-cache.ts'
import type { ClusterLogins } from './cluster-logins.ts'
import { type AuthConfig, hasLogin } from './config.ts'
import { readCredential } from './credentials.ts'
import { FailedLogins } from './failed-logins.ts'
import { createFingerprint } from './fingerprint.ts'
import { GateError } from './gate.ts'
import { Htpasswd } from './htpasswd.ts'
import { ANONYMOUS, type CertificateCredential, type Credential, fixedLogin, type Login } from './login.ts'
import { StaticTokens } from './static-tokens.ts'

interface LoginsOptions {
  readonly config: AuthConfig
  /** Absent: without a cluster. */
  readonly cluster: Pick<ClusterLogins, 'ofToken' | 'ofCertificate'> | undefined
  readonly clock: Clock
  readonly log: Logger
  readonly onFailed: (reason: 'wrong' | 'limited') => void
}

/** Who has logged in is not made to wait for the mistakes of others at the same address for so long. */
const WELCOME_MS = 600_000
const MAX_WELCOME = 1024

export class Logins {
  readonly #options: LoginsOptions
  readonly #tokens: StaticTokens
  readonly #htpasswd: Htpasswd | undefined
  readonly #failed: FailedLogins
  readonly #welcome: BriefCache<true>
  readonly #fingerprint = createFingerprint()
  #stop = () => {}

  constructor(options: LoginsOptions) {
    const { config, clock } = options
    this.#options = options
    this.#tokens = new StaticTokens(config.tokens)
    this.#htpasswd = config.htpasswd && new Htpasswd(config.htpasswd, clock)
    this.#failed = new FailedLogins(clock)
    this.#welcome = new BriefCache({ clock, max: MAX_WELCOME, holdsMs: () => WELCOME_MS })
  }

  /** Throws LOGIN_FILE_INVALID. */
  async start(): Promise<void> {
    const { clock } = this.#options
    const files = [...this.#tokens.files, ...(this.#htpasswd ? [this.#htpasswd.file] : [])]
    // Before they are read, so that no change comes between.
    this.#stop = watchFiles(files, clock, () => this.#reload())
    await this.#load()
  }

  close(): void {
    this.#stop()
  }

  /** Undefined: nobody, or somebody unknown. Throws GateError. */
  async find(request: IncomingMessage): Promise<Login | undefined> {
    const credential = this.#read(request)
    if (credential === undefined) return this.#nobody()
    const address = request.socket.remoteAddress ?? ''
    const key = credential && this.#fingerprint(address, JSON.stringify(credential))
    const waitMs = key && this.#welcome.has(key) ? 0 : this.#failed.waitMs(address)
    if (waitMs > 0) {
      this.#options.onFailed('limited')
      throw new GateError(429, 'too many failed logins from this address', { retryAfterMs: waitMs })
    }
    const login = credential ? await this.#known(credential) : undefined
    if (login && key) void this.#welcome.get(key, async () => true)
    else {
      this.#failed.add(address)
      this.#options.onFailed('wrong')
    }
    return login
  }

  /** The same for a request that has found somebody before: it is no attempt to log in. */
  async recheck(request: IncomingMessage): Promise<Login | undefined> {
    const credential = this.#read(request)
    if (credential === undefined) return this.#nobody()
    return credential ? this.#known(credential) : undefined
  }

  #read(request: IncomingMessage): Credential | null | undefined {
    return readCredential(request, Number(this.#options.clock.unixNano() / 1_000_000n))
  }

  /** Who shows nothing. */
  #nobody(): Login | undefined {
    const { config } = this.#options
    return !hasLogin(config) || config.insecure_allow_anonymous ? ANONYMOUS : undefined
  }

  async #known(credential: Credential): Promise<Login | undefined> {
    if (credential.kind === 'certificate') return this.#ofCertificate(credential)
    if (credential.kind === 'basic') return this.#htpasswd?.find(credential.name, credential.password)
    return this.#tokens.find(credential.token) ?? this.#options.cluster?.ofToken(credential.token)
  }

  #ofCertificate(credential: CertificateCredential): Login | undefined {
    const { config, cluster } = this.#options
    const { name, groups } = credential
    if (config.kubernetes?.client_ca_file) return cluster?.ofCertificate(credential)
    const rights = config.certificates?.users.find(user => user.name === name)
    return rights && fixedLogin({ name, groups, via: 'certificate' }, rights)
  }

  async #load(): Promise<void> {
    await Promise.all([this.#tokens.load(), this.#htpasswd?.load()])
  }

  async #reload(): Promise<void> {
    const { log } = this.#options
    try {
      await this.#load()
      log.info({}, 'The files of logins were read again')
    } catch (error) {
      log.error({ error: (error as Error).message }, 'The logins that were known before stay in use')
    }
  }
}
