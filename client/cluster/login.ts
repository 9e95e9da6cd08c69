/** As whom agents are asked: the login of the kubeconfig, or a token of a service account that it may ask for. */
import type { Access } from '../../kubernetes/client/access.ts'
import type { ApiClient } from '../../kubernetes/client/api-client.ts'

export interface AgentLogin {
  /** A token of now; undefined: there is none. */
  readonly token?: (() => Promise<string>) | undefined
  /** A client certificate: only for connections that end at the agent. */
  readonly certificate?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined
}

export interface ServiceAccount {
  readonly namespace: string
  readonly name: string
}

/** Agents take tokens that are for them alone: nobody can use these with the API server. */
const AGENTS = 'swoll'
/** Tokens are asked for anew when so much of their time is over. */
const TOKEN_SECONDS = 3600
const RENEW_MS = (TOKEN_SECONDS * 1000 * 3) / 4

interface LoginOptions {
  readonly access: Access
  readonly client: ApiClient
  /** Given: its token is asked for, whatever the kubeconfig has. */
  readonly serviceAccount?: ServiceAccount | undefined
  readonly monotonicMs: () => number
  readonly abort: AbortSignal
}

/** Throws what the access throws, and ApiError for a service account whose token is refused. */
export async function createLogin(options: LoginOptions): Promise<AgentLogin> {
  if (options.serviceAccount !== undefined) {
    const token = requestingTokens(options, options.serviceAccount)
    await token()
    return { token }
  }
  const { cert, key, headers } = await options.access.credentials(false)
  const hasToken = tokenOf(headers) !== undefined
  const token = async () => tokenOf((await options.access.credentials(false)).headers) ?? ''
  return {
    ...(hasToken && { token }),
    ...(cert && key && { certificate: { cert: cert as Buffer, key: key as Buffer } }),
  }
}

function tokenOf(headers: unknown): string | undefined {
  const given = Object.entries((headers ?? {}) as Record<string, unknown>).find(
    ([name]) => name.toLowerCase() === 'authorization',
  )
  return /^Bearer (\S+)$/.exec(String(given?.[1] ?? ''))?.[1]
}

function requestingTokens(
  { client, monotonicMs, abort }: LoginOptions,
  { namespace, name }: ServiceAccount,
): () => Promise<string> {
  const subresource = 'token'
  const object = { group: '', version: 'v1', resource: 'serviceaccounts', namespace, name, subresource }
  let kept: { readonly token: string; readonly untilMs: number } | undefined
  return async () => {
    if (kept === undefined || monotonicMs() >= kept.untilMs) {
      const body = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: TOKEN_SECONDS, audiences: [AGENTS] },
      }
      type Answer = { readonly status: { readonly token: string } }
      const { status } = await client.send<Answer>({ verb: 'create', object, body, abort })
      kept = { token: status.token, untilMs: monotonicMs() + RENEW_MS }
    }
    return kept.token
  }
}
