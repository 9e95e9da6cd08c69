/** Calls that were not counted, by reason, as the receiver tells of them in its own metrics. */
import type { Meter } from '../../pipeline/telemetry.ts'

const LOST = /^receiver_ebpf_lost_events$/

type Observe = (value: number, attributes?: Readonly<Record<string, unknown>>) => void
type Callback = (result: { observe: Observe }) => void

export class Losses {
  readonly #callbacks = new Set<Callback>()

  /** The same meter, of which this hears. */
  watch(meter: Meter): Meter {
    return new Proxy(meter, {
      get: (target, key) => {
        const value = Reflect.get(target, key) as unknown
        if (key !== 'createObservableCounter') return typeof value === 'function' ? value.bind(target) : value
        return (name: string) =>
          LOST.test(name)
            ? {
                addCallback: (callback: Callback) => this.#callbacks.add(callback),
                removeCallback: (callback: Callback) => this.#callbacks.delete(callback),
              }
            : target.createObservableCounter(name)
      },
    })
  }

  /** One line for each reason that something was lost for since the start. */
  problems(): readonly string[] {
    const found: string[] = []
    const observe: Observe = (value, attributes) => {
      if (value > 0) found.push(`lost ${value} ${String(attributes?.reason ?? 'events')}`)
    }
    for (const callback of this.#callbacks) callback({ observe })
    return found
  }
}
