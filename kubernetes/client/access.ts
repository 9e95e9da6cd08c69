/** Reads the API server's address and the credentials of a service account. Files are read anew for each request: they rotate. */
import { readFile } from 'node:fs/promises'
import type { RequestOptions } from 'node:https'
import { SwollError } from '../../pipeline/errors.ts'

/** Options of `node:https` by which a request is authenticated. */
export type Credentials = Pick<
  RequestOptions,
  'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized' | 'headers' | 'agent'
>

export interface Access {
  /** `https://10.96.0.1:443`, without a slash at the end. May have a path. */
  readonly server: string
  /** The namespace that its user works in, where one is set. */
  readonly namespace?: string
  /** Returns the present credentials. `isRefused`: the server refused the last ones. Throws KUBERNETES_CONFIG_INVALID. */
  credentials(isRefused: boolean): Promise<Credentials>
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

type Environment = Readonly<Record<string, string | undefined>>

export const configInvalid = (message: string, cause?: unknown) =>
  new SwollError('KUBERNETES_CONFIG_INVALID', message, { cause })

/** The API server of the cluster this process is a pod of. Throws KUBERNETES_CONFIG_INVALID outside of pods. */
export function serviceAccountAccess(env: Environment = process.env, folder = SERVICE_ACCOUNT): Access {
  return {
    server: `https://${clusterHost(env, 'serviceAccount')}`,
    async credentials() {
      const [token, ca] = await Promise.all([
        readSecret(`${folder}/token`, 'mount the token of the service account'),
        readSecret(`${folder}/ca.crt`, 'mount the certificate of the cluster'),
      ])
      return { ca, headers: { authorization: `Bearer ${token.toString().trim()}` } }
    },
  }
}

/** The API server of the cluster this process is a pod of, without a login: for proxies on the same machine. */
export function anonymousAccess(env: Environment = process.env): Access {
  return { server: `http://${clusterHost(env, 'none')}`, credentials: async () => ({}) }
}

function clusterHost(env: Environment, authType: string): string {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port)
    throw configInvalid(
      `auth_type ${authType}: must run in a pod, where KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are set; elsewhere set auth_type to kubeConfig, or give --kubeconfig`,
    )
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Throws KUBERNETES_CONFIG_INVALID, with what to do. */
export async function readSecret(path: string, remedy: string): Promise<Buffer> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw configInvalid(`${path}: must be a file that can be read, got ${cause.code}; ${remedy}`, cause)
  })
}
