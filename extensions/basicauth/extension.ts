import type { ClientAuth } from '../../pipeline/client-auth.ts'
import type { Create, Host, Part } from '../../pipeline/component.ts'
import { type Credential, toCredential } from '../../pipeline/credential.ts'
import { hostsOfParts } from '../../pipeline/host-parts.ts'
import { noCredentials } from '../../pipeline/no-credentials.ts'
import type { BasicAuthConfig } from './config.ts'

/** Gives each request a user and a password, as RFC 7617 has it. */
export class BasicAuth implements Part {
  readonly offers: { readonly clientAuth: ClientAuth }
  readonly #create: Create<BasicAuthConfig>
  #username: Credential | undefined
  #password: Credential | undefined

  constructor(create: Create<BasicAuthConfig>) {
    this.#create = create
    this.offers = { clientAuth: { headers: () => this.#headers() } }
  }

  /** Rejects with SwollError LOGIN_FILE_INVALID if a file cannot be read. */
  async start(host: Host): Promise<void> {
    const { id, config } = this.#create
    const { username, username_file, password, password_file } = config.client_auth
    const keyOf = (name: string) => `extensions::${id}::client_auth::${name}`
    const [ofName, ofPassword] = hostsOfParts(host, 2) as [Host, Host]
    const nameOptions = { value: username, file: username_file, key: keyOf('username_file'), host: ofName }
    this.#username = toCredential(nameOptions)
    const key = keyOf('password_file')
    this.#password = toCredential({ value: password, file: password_file, key, host: ofPassword })
    await Promise.all([this.#username.read(), this.#password.read()])
  }

  async shutdown(): Promise<void> {}

  async #headers(): Promise<Record<string, string>> {
    const [name, password] = await Promise.all([this.#username!.read(), this.#password!.read()])
    if (name.includes(':')) {
      const key = `extensions::${this.#create.id}::client_auth::username_file`
      throw noCredentials(`${key}: the name must not have a colon; mend the file`)
    }
    return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` }
  }
}
