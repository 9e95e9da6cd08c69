/** The pods that the kubelet of this node knows: needs no watch at the API server, and works while that is away. */
import type { TlsClient } from '../../pipeline/tls.ts'
import type { Access } from '../client/access.ts'
import type { ApiClient } from '../client/api-client.ts'
import { readJsonItems } from '../client/json-stream.ts'
import type { RawPod } from './pod.ts'

const PODS = { group: '', version: 'v1', resource: 'nodes/proxy' }

/** Logs in at the kubelet as at the API server. `tls` absent: with the same authority. */
export function kubeletAccess(server: string, access: Access, tls: () => Promise<TlsClient>): Access {
  return {
    server,
    async credentials(isRefused) {
      const [{ ca, cert, key, headers }, own] = await Promise.all([access.credentials(isRefused), tls()])
      return {
        ...{ ca, cert, key, headers },
        ...(own?.ca && { ca: own.ca }),
        ...(own?.cert && { cert: own.cert, key: own.key }),
        ...(own?.serverName && { servername: own.serverName }),
        rejectUnauthorized: own?.rejectUnauthorized ?? true,
      }
    },
  }
}

/** A `read` for a PollSource. */
export function readKubelet(client: ApiClient) {
  return async (put: (pod: RawPod) => void, abort: AbortSignal): Promise<void> => {
    const body = await client.open({ verb: 'get', object: PODS, path: '/pods', abort })
    await readJsonItems(body, item => put(item as RawPod))
  }
}
