/** The routes of a listener, the owners of their paths, and the requests under way on each. */
import type { Duplex } from 'node:stream'
import { onAbort } from '../abort.ts'
import { SwollError } from '../errors.ts'
import type { Route } from './route.ts'
import { normalizePath } from './target.ts'

/** The part of the process that a route belongs to. */
export interface Owner {
  /** The owner's place in the configuration, such as `exporters::prometheus::endpoint`. */
  readonly place: string
  /** A route of the owner failed, or the listener is in trouble; the listener goes on. */
  readonly onError: (error: Error) => void
}

/** A response or a socket. */
interface Closing {
  once(event: 'close', listener: () => void): unknown
}

/** A route that is served, with its requests and upgraded connections that are under way. */
export class ServedRoute {
  readonly path: string
  readonly route: Route
  readonly owner: Owner
  readonly #underWay = new Map<Closing, Duplex>()
  readonly #closing = new AbortController()
  readonly #drained = Promise.withResolvers<void>()

  constructor(route: Route, owner: Owner) {
    this.path = normalizePath(route.path) ?? route.path
    this.route = route
    this.owner = owner
  }

  /** Returns whether a request for this path is the route's. */
  covers(path: string): boolean {
    return path === this.path || (this.route.isMount === true && path.startsWith(`${this.path}/`))
  }

  /** Aborted once the route is to end. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** Until `work` is closed it is under way, on `socket`. */
  track(work: Closing, socket: Duplex): void {
    this.#underWay.set(work, socket)
    work.once('close', () => {
      this.#underWay.delete(work)
      this.#settle()
    })
  }

  /** Tells what is under way to end, and waits; cuts off at `abort` what is left. Safe twice. */
  async end(abort: AbortSignal): Promise<void> {
    this.#closing.abort()
    this.#settle()
    using _ = onAbort(abort, () => {
      for (const socket of this.#underWay.values()) socket.destroy()
    })
    await this.#drained.promise
  }

  #settle(): void {
    if (this.#closing.signal.aborted && this.#underWay.size === 0) this.#drained.resolve()
  }
}

export class Routes {
  /** In the order in which they were added. */
  readonly #served = new Set<ServedRoute>()

  /**
   * Serves the route from now on, in place of an older one that the same owner has at this path. Throws COMPONENT_START_FAILED
   * where another owner has one; the message lacks the key.
   */
  add(route: Route, owner: Owner): ServedRoute {
    const added = new ServedRoute(route, owner)
    const other = [...this.#served].find(
      served =>
        served.owner.place !== owner.place && (served.covers(added.path) || added.covers(served.path)),
    )
    if (other)
      throw new SwollError(
        'COMPONENT_START_FAILED',
        `must not serve ${added.path}, which ${other.owner.place} serves at the same address; choose another port or path`,
      )
    this.#served.add(added)
    return added
  }

  /** From now on the path is that of an older route again, or nobody's. */
  remove(served: ServedRoute): void {
    this.#served.delete(served)
  }

  /** The newest at this path, else the newest of the longest mount above it. */
  find(path: string): ServedRoute | undefined {
    const covering = [...this.#served].filter(served => served.covers(path))
    return covering.reduceRight<ServedRoute | undefined>(
      (best, served) => (best && best.path.length >= served.path.length ? best : served),
      undefined,
    )
  }

  /** The newest of each path, in the order in which the paths came. */
  list(): readonly ServedRoute[] {
    return [...new Map([...this.#served].map(served => [served.path, served])).values()]
  }

  get all(): readonly ServedRoute[] {
    return [...this.#served]
  }
}
