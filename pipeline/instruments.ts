/** How a component declares its own metrics: each by its name, UCUM unit and description, all with the component's attributes. */
import type { Attributes, ObservableResult } from '@opentelemetry/api'
import type { Meter } from './telemetry.ts'

/** Adds to a counter, records a value, or tells one that is asked for; with attributes besides the component's. */
export type Put = (value: number, attributes?: Attributes) => void

/** The metrics of one component. What is asked for is so until `close`. */
export class Instruments {
  readonly #meter: Meter
  readonly #attributes: Attributes
  readonly #closers: (() => void)[] = []

  constructor(meter: Meter, attributes: Attributes = {}) {
    this.#meter = meter
    this.#attributes = attributes
  }

  counter(name: string, unit: string, description: string): Put {
    const counter = this.#meter.createCounter(name, { unit, description })
    return this.#with((value, attributes) => counter.add(value, attributes))
  }

  /** A sum that may fall. */
  upDownCounter(name: string, unit: string, description: string): Put {
    const counter = this.#meter.createUpDownCounter(name, { unit, description })
    return this.#with((value, attributes) => counter.add(value, attributes))
  }

  /** Makes a histogram of times, whose buckets end at `seconds`, ascending. */
  duration(name: string, description: string, seconds: number[]): Put {
    const advice = { explicitBucketBoundaries: seconds }
    const histogram = this.#meter.createHistogram(name, { unit: 's', description, advice })
    return this.#with((value, attributes) => histogram.record(value, attributes))
  }

  /** Makes a histogram of how many items things have, whose buckets end at `ends`, ascending. */
  sizes(name: string, unit: string, description: string, ends: number[]): Put {
    const advice = { explicitBucketBoundaries: ends }
    const histogram = this.#meter.createHistogram(name, { unit, description, advice })
    return this.#with((value, attributes) => histogram.record(value, attributes))
  }

  /** A counter whose values `read` puts whenever the metrics are read. */
  readCounter(name: string, unit: string, description: string, read: (put: Put) => void): void {
    this.#read('Counter', name, { unit, description }, read)
  }

  /** A gauge whose values `read` puts whenever the metrics are read. */
  readGauge(name: string, unit: string, description: string, read: (put: Put) => void): void {
    this.#read('Gauge', name, { unit, description }, read)
  }

  /** Asks for nothing any more. Safe twice. */
  close(): void {
    for (const close of this.#closers.splice(0)) close()
  }

  #read(
    kind: 'Counter' | 'Gauge',
    name: string,
    about: { readonly unit: string; readonly description: string },
    read: (put: Put) => void,
  ): void {
    const instrument = this.#meter[`createObservable${kind}`](name, about)
    const callback = (result: ObservableResult) =>
      read(this.#with((value, attributes) => result.observe(value, attributes)))
    instrument.addCallback(callback)
    this.#closers.push(() => instrument.removeCallback(callback))
  }

  #with(put: (value: number, attributes: Attributes) => void): Put {
    return (value, attributes) =>
      put(value, attributes ? { ...this.#attributes, ...attributes } : this.#attributes)
  }
}
