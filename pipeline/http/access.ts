/** Who may see what, as routes of any component ask it: whoever lets users log in tells, whoever shows things asks. */
import type { IncomingMessage } from 'node:http'
import type { Host } from '../component.ts'
import type { Endpoint } from '../config.ts'
import type { Lease, Service } from '../services.ts'

export interface Access {
  /** Undefined: no login, or a wrong one: 401, with `challenge`. Rejects with an error that has `status` and `retryAfterMs`. */
  namespacesOf(request: IncomingMessage): Promise<NamespaceFilter | undefined>
  /** RFC 9110, 11.6.1: how to log in. */
  readonly challenge: string
  /** The address of the API; undefined: it does not listen yet. */
  readonly endpoint: Endpoint | undefined
}

/** Whether what belongs to the namespace may be seen; undefined: what belongs to none. */
type NamespaceFilter = (namespace: string | undefined) => Promise<boolean>

/** The logins of the APIs of a process. */
export class AccessBoard implements Service {
  readonly #told = new Set<Access>()

  /** The latest; undefined: nobody lets users log in. */
  get current(): Access | undefined {
    return [...this.#told].at(-1)
  }

  tell(access: Access): void {
    this.#told.add(access)
  }

  untell(access: Access): void {
    this.#told.delete(access)
  }

  async close(): Promise<void> {}
}

export function leaseAccess(host: Pick<Host, 'service'>): Promise<Lease<AccessBoard>> {
  return host.service('access', () => new AccessBoard())
}
