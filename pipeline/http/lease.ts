/** Listeners that many parts of a process share, by address. */
import { isDeepStrictEqual } from 'node:util'
import type { Host } from '../component.ts'
import { type Endpoint, formatEndpoint } from '../config.ts'
import { SwollError } from '../errors.ts'
import type { Service } from '../services.ts'
import type { Logger, Meter } from '../telemetry.ts'
import type { TlsServer } from '../tls.ts'
import { resolveHost } from './bind.ts'
import { HttpListener, type ListenerLimits, type ListenerOptions } from './listener.ts'
import type { Route } from './route.ts'
import type { Owner, ServedRoute } from './routes.ts'
import { createListenerTelemetry } from './telemetry.ts'

export interface ListenerUser extends Owner, Pick<ListenerOptions, 'endpoint' | 'limits' | 'clock'> {
  readonly routes: readonly Route[]
  readonly log: Logger
  readonly meter: Meter
}

/** `end` takes the route away again: what is under way may finish until `abort`. */
export type AddRoute = (route: Route, owner: Owner) => Pick<ServedRoute, 'end'>

export interface ListenerLease {
  /** The address in use: has the port where 0 was asked for. */
  readonly endpoint: Endpoint
  /** The same as a URL, without a path. */
  readonly url: string
  /** Another certificate from the next connection on; whether clients are asked for theirs stays as it was. */
  renew(tls: TlsServer): void
  /** Serves a route of another owner, until the user leaves. Throws COMPONENT_START_FAILED where somebody else has its path. */
  add: AddRoute
  /** Ends the user's routes, and with the last user the listener: what is under way may finish until `abort`. Safe twice. */
  release(abort: AbortSignal): Promise<void>
}

/**
 * Serves the user's routes at an address that others may use too, if they want the same limits. A newer user of the same place
 * takes over from an older one: its routes answer, and its limits hold, while it is there. Port 0 is another for each place. Rejects
 * with COMPONENT_START_FAILED, the place in front, where the address cannot be listened on or is not to be shared.
 */
export async function leaseListener(host: Pick<Host, 'service'>, user: ListenerUser): Promise<ListenerLease> {
  try {
    return await lease(host, user)
  } catch (error) {
    const { code, message } = error as SwollError
    throw new SwollError(code, `${user.place}: ${message}`, { cause: error })
  }
}

async function lease(host: Pick<Host, 'service'>, user: ListenerUser): Promise<ListenerLease> {
  const { port } = user.endpoint
  const address = formatEndpoint({ host: await resolveHost(user.endpoint), port })
  const key = `http ${address}${port === 0 ? ` for ${user.place}` : ''}`
  const shared = await host.service(key, () => SharedListener.open(user))
  try {
    const { leave, renew, add } = shared.value.join(user)
    const release = async (abort: AbortSignal) => {
      // At the same time: the last one to leave closes the listener at once, and only then waits for answers.
      await Promise.all([leave(abort), shared.release(abort)])
    }
    const { endpoint } = shared.value
    const url = `${user.limits.tls ? 'https' : 'http'}://${formatEndpoint(endpoint)}`
    return { endpoint, url, renew, add, release }
  } catch (error) {
    await shared.release(AbortSignal.abort())
    throw error
  }
}

class SharedListener implements Service {
  readonly endpoint: Endpoint
  readonly #listener: HttpListener
  readonly #users = new Set<ListenerUser>()
  /** TLS or none, and with it certificates of clients or none: a running server cannot change this. */
  readonly #handshake: string

  static async open(user: ListenerUser): Promise<SharedListener> {
    const telemetry = createListenerTelemetry(user, user.place)
    const listener = new HttpListener({ ...user, telemetry })
    return new SharedListener(listener, await listener.listen(), handshakeOf(user))
  }

  private constructor(listener: HttpListener, endpoint: Endpoint, handshake: string) {
    this.#listener = listener
    this.endpoint = endpoint
    this.#handshake = handshake
  }

  /** Serves the user's routes until `leave` is called. */
  join(
    given: ListenerUser,
  ): Pick<ListenerLease, 'renew' | 'add'> & { leave(abort: AbortSignal): Promise<void> } {
    this.#check(given)
    const user = { ...given }
    const served: ReturnType<HttpListener['add']>[] = []
    const leave = async (abort: AbortSignal) => {
      this.#users.delete(user)
      this.#followNewest()
      await Promise.all(served.map(route => route.end(abort)))
    }
    const add: AddRoute = (route, owner) => {
      const added = this.#listener.add(route, owner)
      served.push(added)
      return added
    }
    this.#users.add(user)
    try {
      for (const route of user.routes) add(route, user)
    } catch (error) {
      void leave(AbortSignal.abort())
      throw error
    }
    this.#followNewest()
    const renew = (tls: TlsServer) => {
      user.limits = { ...user.limits, tls }
      this.#followNewest()
    }
    return { leave, renew, add }
  }

  close(abort: AbortSignal): Promise<void> {
    return this.#listener.close(abort)
  }

  #followNewest(): void {
    const newest = [...this.#users].at(-1)
    if (newest) this.#listener.setLimits(newest.limits)
  }

  #check(user: ListenerUser): void {
    const other = [...this.#users].find(({ place }) => place !== user.place)
    const key = other && differingKey(user.limits, other.limits)
    if (key)
      throw refusal(
        `must differ from ${other.place}, or ${key} must be the same`,
        this.endpoint,
        'choose another port',
      )
    if (handshakeOf(user) !== this.#handshake)
      throw refusal(
        'must change with tls, which cannot come or go at an address in use',
        this.endpoint,
        'choose another port, or restart',
      )
  }
}

function refusal(rule: string, endpoint: Endpoint, remedy: string): SwollError {
  return new SwollError('COMPONENT_START_FAILED', `${rule}, got ${formatEndpoint(endpoint)}; ${remedy}`)
}

function handshakeOf({ limits: { tls } }: ListenerUser): string {
  return tls ? `TLS, with certificates of clients: ${tls.requestCert}, ${tls.rejectUnauthorized}` : 'none'
}

const KEYS: Readonly<Record<keyof ListenerLimits, string>> = {
  tls: 'tls',
  headerTimeoutMs: 'read_header_timeout',
  writeTimeoutMs: 'write_timeout',
  idleTimeoutMs: 'idle_timeout',
}

/** One may have read files that were changed since: then it is about to read them again. */
function sourceOf(limit: ListenerLimits[keyof ListenerLimits]): unknown {
  return typeof limit === 'object' ? limit.source : limit
}

/** The key, in the configuration, of the first limit that differs. */
function differingKey(a: ListenerLimits, b: ListenerLimits): string | undefined {
  const names = Object.keys(KEYS) as (keyof ListenerLimits)[]
  const name = names.find(limit => !isDeepStrictEqual(sourceOf(a[limit]), sourceOf(b[limit])))
  return name && KEYS[name]
}
