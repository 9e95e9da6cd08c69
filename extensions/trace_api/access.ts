/** The logins of the API, for other components that show things of namespaces. */
import type { Endpoint } from '../../pipeline/config.ts'
import type { Access } from '../../pipeline/http/access.ts'
import type { AuthConfig } from './auth/config.ts'
import type { Gate } from './auth/gate.ts'

/** What belongs to a namespace may be seen by who may get traces there; what belongs to none, by who may get traces everywhere. */
export function createAccess(
  gate: Pick<Gate, 'authenticate' | 'allows'>,
  auth: Pick<AuthConfig, 'htpasswd'>,
  endpoint: () => Endpoint | undefined,
): Access {
  return {
    async namespacesOf(request) {
      const who = await gate.authenticate(request)
      return who && (namespace => gate.allows(who, 'get', namespace))
    },
    challenge: challengeOf(auth),
    get endpoint() {
      return endpoint()
    },
  }
}

/** RFC 9110, 11.6.1: how to log in. */
export function challengeOf({ htpasswd }: Pick<AuthConfig, 'htpasswd'>): string {
  return htpasswd ? 'Basic realm="swoll", charset="UTF-8", Bearer' : 'Bearer'
}
