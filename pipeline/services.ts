/** Things that components of one process share, such as a listener or the kernel side: the first that asks opens one, the last that lets go closes it. */

export interface Service {
  /** Frees everything. `abort` is the deadline. */
  close(abort: AbortSignal): Promise<void>
}

/** A share in a service. */
export interface Lease<T> {
  readonly value: T
  /** The last release closes the service, and rejects with what its `close` rejects with. Safe twice. */
  release(abort: AbortSignal): Promise<void>
}

interface Shared {
  readonly opened: Promise<Service>
  users: number
}

export class Services {
  readonly #shared = new Map<string, Shared>()
  /** By key: closing now, so that a successor must wait. Never rejects. */
  readonly #closing = new Map<string, Promise<void>>()
  #holds = 0

  /**
   * The service of this key, opened if nobody has it; one that is being closed is waited for first. A failed `open` is told to all
   * who wait for it, and is not remembered. Equal keys must stand for services of one type, opened with equal settings.
   */
  readonly lease = async <T extends Service>(key: string, open: () => Promise<T> | T): Promise<Lease<T>> => {
    const shared = this.#shared.get(key) ?? this.#open(key, open)
    shared.users++
    const value = (await shared.opened) as T
    let released: Promise<void> | undefined
    const release = async (abort: AbortSignal) => {
      if (--shared.users === 0 && this.#holds === 0) await this.#close(key, shared, abort)
    }
    return {
      value,
      release(abort) {
        released ??= release(abort)
        return released
      },
    }
  }

  /**
   * From now on nothing closes, until the function given back is called: then what nobody has leased again. That one rejects with an
   * AggregateError of what did not close in order.
   */
  hold(): (abort: AbortSignal) => Promise<void> {
    this.#holds++
    let ended: Promise<void> | undefined
    return abort => {
      ended ??= this.#endHold(abort)
      return ended
    }
  }

  #open(key: string, open: () => Promise<Service> | Service): Shared {
    const opened = (async () => {
      await this.#closing.get(key)
      return open()
    })()
    const shared: Shared = { opened, users: 0 }
    this.#shared.set(key, shared)
    opened.catch(() => this.#shared.delete(key))
    return shared
  }

  async #endHold(abort: AbortSignal): Promise<void> {
    if (--this.#holds > 0) return
    const unused = [...this.#shared].filter(([, { users }]) => users === 0)
    const results = await Promise.allSettled(unused.map(([key, shared]) => this.#close(key, shared, abort)))
    const errors = results.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
    if (errors.length > 0)
      throw new AggregateError(errors, errors.map(error => (error as Error).message).join('; '))
  }

  #close(key: string, { opened }: Shared, abort: AbortSignal): Promise<void> {
    this.#shared.delete(key)
    const closed = opened.then(service => service.close(abort))
    const settled = closed
      .catch(() => {})
      .finally(() => {
        if (this.#closing.get(key) === settled) this.#closing.delete(key)
      })
    this.#closing.set(key, settled)
    return closed
  }
}
