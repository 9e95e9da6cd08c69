/** Who may see what, as routes of any component ask it. Types only, but for the name of the service. */
import type { IncomingMessage } from 'node:http'

/** Under this name a process has the logins of its API, for other components: whoever has no API has none. */
export const ACCESS_SERVICE = 'access'

export interface Access {
  /** Undefined: no login, or a wrong one: 401, with `challenge`. Rejects with an error that has `status` and `retryAfterMs`. */
  namespacesOf(request: IncomingMessage): Promise<NamespaceFilter | undefined>
  /** RFC 9110, 11.6.1: how to log in. */
  readonly challenge: string
}

/** Whether what belongs to the namespace may be seen; undefined: what belongs to none. */
export type NamespaceFilter = (namespace: string | undefined) => Promise<boolean>
