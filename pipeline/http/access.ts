/** Who may see what, as routes of any component ask it: whoever lets users log in tells, whoever shows things asks. */
import type { IncomingMessage } from 'node:http'
import type { Host } from '../component.ts'
import { type Endpoint, formatEndpoint } from '../config.ts'
import type { Lease, Service } from '../services.ts'
import type { AddRoute, ListenerLease } from './lease.ts'
import type { Route } from './route.ts'
import type { Owner } from './routes.ts'

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

/** A route that is at an address of its own, and wants to be at that of the API too. */
interface Shown {
  readonly route: Route
  readonly endpoint: Endpoint
  readonly owner: Owner
}

type Added = ReturnType<AddRoute>

/** The logins of the APIs of a process, and what others show at their addresses. */
export class AccessBoard implements Service {
  readonly #told = new Set<Access>()
  /** With where else they are served. */
  readonly #shown = new Map<Shown, Set<Added>>()
  readonly #listeners = new Set<Pick<ListenerLease, 'endpoint' | 'add'>>()

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

  /**
   * Has the route at the address of each API as well, of those that listen and of those that come, until the function given back is called. Where it is
   * the same address it is there already. Throws COMPONENT_START_FAILED where another owner has its path there.
   */
  show(shown: Shown): (abort: AbortSignal) => Promise<void> {
    this.#shown.set(shown, new Set())
    const hide = async (abort: AbortSignal) => {
      const added = this.#shown.get(shown) ?? []
      this.#shown.delete(shown)
      await Promise.all([...added].map(each => each.end(abort)))
    }
    try {
      for (const listener of this.#listeners) this.#add(shown, listener)
    } catch (error) {
      void hide(AbortSignal.abort())
      throw error
    }
    return hide
  }

  /** The API listens: it serves what others show, until the function given back is called; the lease ends the routes. Throws as `show`. */
  serve(listener: Pick<ListenerLease, 'endpoint' | 'add'>): () => void {
    this.#listeners.add(listener)
    for (const shown of this.#shown.keys()) this.#add(shown, listener)
    return () => void this.#listeners.delete(listener)
  }

  #add(shown: Shown, { endpoint, add }: Pick<ListenerLease, 'endpoint' | 'add'>): void {
    if (formatEndpoint(shown.endpoint) === formatEndpoint(endpoint)) return
    this.#shown.get(shown)!.add(add(shown.route, shown.owner))
  }

  async close(): Promise<void> {}
}

export function leaseAccess(host: Pick<Host, 'service'>): Promise<Lease<AccessBoard>> {
  return host.service('access', () => new AccessBoard())
}
