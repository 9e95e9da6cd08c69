/** Requests for a token, by RFC 6749 and RFC 7523. The libraries for it are loaded with this file, so import it only when the extension starts. */
import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  genericTokenEndpointRequest,
  INVALID_RESPONSE,
  None,
  OperationProcessingError,
  processGenericTokenEndpointResponse,
  type TokenEndpointResponse,
} from 'oauth4webapi'
import { JWT_BEARER, type Oauth2Config } from './config.ts'
import type { Credentials } from './credentials.ts'

/** Sends a request. Reads no endless answer. */
export type Fetch = (
  url: string,
  request: {
    readonly body: URLSearchParams
    readonly headers: Record<string, string>
    readonly signal?: AbortSignal
  },
) => Promise<Response>

interface TokenRequestOptions {
  readonly config: Oauth2Config
  readonly credentials: Credentials
  readonly fetch: Fetch
}

/** How long a JWT that asks for a token holds, s. */
const ASSERTION_S = 30 * 60

export class TokenRequests {
  readonly #options: TokenRequestOptions
  /** The one that the server took. RFC 6749, 2.3.1: servers must take Basic; some do not. */
  #style: typeof ClientSecretBasic | undefined

  constructor(options: TokenRequestOptions) {
    this.#options = options
  }

  /** Rejects with what went wrong: an error of the connection, of the credentials, or of the library. */
  async ask(signal: AbortSignal): Promise<TokenEndpointResponse> {
    const { config, credentials } = this.#options
    if (config.grant_type === JWT_BEARER) {
      const assertion = await this.#sign()
      return this.#send({ assertion }, { auth: None(), signal })
    }
    const secret = await credentials.secret()
    if (this.#style) return this.#send({}, { auth: this.#style(secret), signal })
    try {
      return await this.#try(ClientSecretBasic, secret, signal)
    } catch (error) {
      if (!isRefusal(error)) throw error
      return this.#try(ClientSecretPost, secret, signal)
    }
  }

  async #try(style: typeof ClientSecretBasic, secret: string, signal: AbortSignal) {
    const token = await this.#send({}, { auth: style(secret), signal })
    this.#style = style
    return token
  }

  async #send(parameters: Record<string, string>, how: { auth: ClientAuth; signal: AbortSignal }) {
    const { config, credentials, fetch } = this.#options
    const server = { issuer: config.token_url, token_endpoint: config.token_url }
    const client = { client_id: await credentials.clientId() }
    const all = new URLSearchParams(parameters)
    if (config.scopes.length > 0) all.set('scope', config.scopes.join(' '))
    for (const [name, values] of Object.entries(config.endpoint_params))
      for (const value of values) all.append(name, value)
    const response = await genericTokenEndpointRequest(server, client, how.auth, config.grant_type, all, {
      signal: how.signal,
      [allowInsecureRequests]: true,
      [customFetch]: fetch as never,
    })
    return checked(await processGenericTokenEndpointResponse(server, client, response))
  }

  async #sign(): Promise<string> {
    const { config, credentials } = this.#options
    const { client_certificate_key_id: kid, signature_algorithm: alg, scopes, iss, audience } = config
    const clientId = await credentials.clientId()
    const claims = {
      iss: iss || clientId,
      sub: clientId,
      aud: audience || config.token_url,
      jti: randomUUID(),
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      ...config.claims,
    }
    return new SignJWT(claims)
      .setProtectedHeader({ alg, typ: 'JWT', ...(kid && { kid }) })
      .setIssuedAt()
      .setExpirationTime(`${ASSERTION_S}s`)
      .sign(await credentials.key())
  }
}

/** RFC 6749, A.12: `access-token = 1*VSCHAR`. A library that is given any other for a header shows it in its error. */
function checked(given: TokenEndpointResponse): TokenEndpointResponse {
  if (/^[\x20-\x7e]+$/.test(given.access_token)) return given
  const message = '"response" body "access_token" property must be printable ASCII'
  throw new OperationProcessingError(message, { code: INVALID_RESPONSE })
}

/** The server answered, and gave no token. */
function isRefusal(error: unknown): boolean {
  const { error: code, cause } = error as { readonly error?: unknown; readonly cause?: unknown }
  return code !== undefined || cause instanceof Response
}
