/** The ways to an agent: what a client needs for each. */
import type { Access } from '../../kubernetes/client/access.ts'
import type { ClientOptions } from '../options.ts'
import type { Agent } from './agent.ts'
import type { AgentLogin } from './login.ts'
import { openPortForward } from './port-forward.ts'

/** In the order in which they are tried: the least work for others first. */
export const WAYS = ['direct', 'proxy', 'port-forward'] as const
export type Way = (typeof WAYS)[number]

/** Longest until a pod's port is open through the API server. */
const FORWARD_TIMEOUT_MS = 10_000

/** What a client trusts of the agents' certificates. */
export interface Trust {
  /** PEM; absent: the authorities of Node. */
  readonly ca?: string | Buffer | undefined
  /** Absent: `SERVICE.NAMESPACE.svc`, as the chart's certificates have it. */
  readonly serverName?: string | undefined
  readonly insecureSkipTlsVerify?: boolean | undefined
}

interface WayOptions {
  readonly agent: Agent
  readonly access: Access
  readonly login: AgentLogin
  readonly trust: Trust
}

/** Undefined: there is no such way to this agent for this login. */
export async function toClientOptions(way: Way, options: WayOptions): Promise<ClientOptions | undefined> {
  const { agent, access, login } = options
  const { namespace, pod, port } = agent
  if (way === 'direct') return atAgent(options)
  if (pod === undefined) return undefined
  if (way === 'proxy') return login.token && throughProxy(options, pod)
  return {
    ...atAgent(options),
    connect: () => openPortForward({ access, namespace, pod, port, timeoutMs: FORWARD_TIMEOUT_MS }),
  }
}

/** Why there is no such way, for people. */
export function whyNot(way: Way, { pod }: Agent): string {
  if (pod === undefined) return 'it is no pod'
  return way === 'proxy'
    ? 'the API server strips client certificates, and the login has no token; give --service-account'
    : 'there is none'
}

function atAgent({ agent, login, trust }: WayOptions): ClientOptions {
  const { address, port, scheme } = agent
  const host = address.includes(':') ? `[${address}]` : address
  const serverName = trust.serverName ?? nameOf(agent)
  return {
    endpoint: `${scheme}://${host}:${port}`,
    ...(login.token && { token: login.token }),
    ...(scheme === 'https' && {
      ...login.certificate,
      ...(trust.ca !== undefined && { ca: trust.ca }),
      ...(serverName !== undefined && { serverName }),
      ...(trust.insecureSkipTlsVerify && { insecureSkipTlsVerify: true }),
    }),
  }
}

/**
 * The API server takes its own login from `Authorization` and does not hand it on, so that of the agent has a header of its own. It
 * speaks TLS with the agent, and does not check its certificate.
 */
async function throughProxy({ agent, access, login }: WayOptions, pod: string): Promise<ClientOptions> {
  const { ca, cert, key, servername, rejectUnauthorized } = await access.credentials(false)
  const { pathname, origin } = new URL(access.server)
  const { namespace, port, scheme } = agent
  const target = `${scheme === 'https' ? 'https:' : ''}${pod}:${port}`
  return {
    endpoint: origin,
    pathPrefix: `${pathname.replace(/\/$/, '')}/api/v1/namespaces/${namespace}/pods/${target}/proxy`,
    ...(ca && { ca: ca as Buffer }),
    ...(cert && key && { cert: cert as Buffer, key: key as Buffer }),
    ...(servername && { serverName: servername }),
    ...(rejectUnauthorized === false && { insecureSkipTlsVerify: true }),
    async headers() {
      const { headers } = await access.credentials(false)
      return {
        ...(headers as Record<string, string>),
        'swoll-authorization': `Bearer ${await login.token!()}`,
      }
    },
  }
}

function nameOf({ service, namespace }: Agent): string | undefined {
  return service === undefined ? undefined : `${service}.${namespace}.svc`
}
