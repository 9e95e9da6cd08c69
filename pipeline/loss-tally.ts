/** Sums up the losses of all components from their counters, so that the end of the process can report them. */
import type { Counter } from '@opentelemetry/api'
import type { Meter } from './telemetry.ts'

/** The counters of `item-counters.ts` whose items are lost. */
const LOSSES = /^(exporter_(send_failed|enqueue_failed|rejected)|fanout_dropped)_/

export class LossTally {
  readonly #lost = new Map<string, Map<string, number>>()

  /** The same meter, of which this tally hears. */
  watch(meter: Meter): Meter {
    return new Proxy(meter, {
      get: (target, key) => {
        const value = Reflect.get(target, key) as unknown
        if (key === 'createCounter')
          return (...args: Parameters<Meter['createCounter']>) => this.#create(target, args)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  /** Number of items lost so far. */
  get items(): number {
    return [...this.#lost.values()].flatMap(counters => [...counters.values()]).reduce((sum, n) => sum + n, 0)
  }

  /** Forgets what was lost so far. */
  reset(): void {
    this.#lost.clear()
  }

  /** Returns the losses since the last `reset` by component, such as `otlp_grpc`, and by counter. */
  losses(): Record<string, Record<string, number>> {
    return Object.fromEntries([...this.#lost].map(([who, counters]) => [who, Object.fromEntries(counters)]))
  }

  #create(meter: Meter, args: Parameters<Meter['createCounter']>): Counter {
    const counter = meter.createCounter(...args)
    const [name] = args
    if (!LOSSES.test(name)) return counter
    return {
      add: (items, attributes, context) => {
        counter.add(items, attributes, context)
        this.#add(String(attributes?.exporter ?? attributes?.consumer), name, items)
      },
    }
  }

  #add(who: string, name: string, items: number): void {
    const counters = this.#lost.get(who) ?? new Map<string, number>()
    this.#lost.set(who, counters.set(name, (counters.get(name) ?? 0) + items))
  }
}
