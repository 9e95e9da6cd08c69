/** Expressions that dashboards, rules and documents have in common. */
import type { Flavour, Label } from './flavour.ts'
import { failed, succeeded, trouble, working } from './noise.ts'
import { WORKLOAD } from './workload.ts'

const NANOSECONDS = 1e9

export class Expressions {
  readonly flavour: Flavour
  readonly #scope: readonly string[]
  readonly #window: string

  /** `scope`: matchers of all selectors. `window`: of rates, such as `5m`. */
  constructor(flavour: Flavour, scope: readonly string[], window: string) {
    this.flavour = flavour
    this.#scope = scope
    this.#window = window
  }

  /** The same with more matchers. */
  with(...matchers: readonly string[]): Expressions {
    return new Expressions(this.flavour, [...this.#scope, ...matchers], this.#window)
  }

  calls(): string {
    return this.#rate(this.flavour.metrics.calls)
  }

  succeeded(): string {
    return this.with(succeeded(this.flavour)).calls()
  }

  failed(): string {
    return this.with(failed(this.flavour)).calls()
  }

  /** Failed calls whose errors are not to be expected. */
  trouble(): string {
    return trouble(this.flavour)
      .map(matchers => this.with(...matchers).calls())
      .join(' or ')
  }

  /** Calls with one of these outcomes. */
  outcome(value: string): string {
    return this.with(`${this.flavour.labels.outcome}=~"${value}"`).calls()
  }

  /** Seconds in calls per second. */
  time(): string {
    return `${this.#rate(this.flavour.metrics.time)} / ${NANOSECONDS}`
  }

  working(): Expressions {
    return this.with(working(this.flavour))
  }

  /** Mean duration, s. */
  mean(by: readonly Label[]): string {
    const time = this.sum(by, this.#rate(this.flavour.metrics.time))
    return `${time} / ${NANOSECONDS} / (${this.sum(by, this.calls())} > 0)`
  }

  /** Histograms of durations: native ones, and where there are none classic buckets. */
  durations(by: readonly Label[]): string {
    const { duration } = this.flavour.metrics
    const names = this.names(by)
    const classic = `sum by (${['le', ...names].join(', ')}) (${this.#rate(`${duration}_bucket`)})`
    return `${this.sum(by, this.#rate(duration))} or on (${names.join(', ')}) ${classic}`
  }

  quantile(q: number, by: readonly Label[]): string {
    return `histogram_quantile(${q}, ${this.durations(by)})`
  }

  /** Seconds since the oldest call that does not wait by nature began. */
  longest(by: readonly Label[]): string {
    const { metrics } = this.flavour
    return `max by (${this.names(by).join(', ')}) (${this.working().selector(metrics.longest)})`
  }

  sum(by: readonly Label[], expression: string): string {
    return by.length === 0 ? `sum(${expression})` : `sum by (${this.names(by).join(', ')}) (${expression})`
  }

  /** Sums by the workload, under the label `workload`, and by other labels. */
  byWorkload(by: readonly Label[], expression: string): string {
    const pods = this.sum([...by, 'pod'], expression)
    return `sum by (${[...this.names(by), 'workload'].join(', ')}) (${this.addWorkload(pods)})`
  }

  /** Adds the label `workload` to what has the label of a pod. */
  addWorkload(expression: string): string {
    return `label_replace(${expression}, "workload", "$1", "${this.flavour.labels.pod}", "${WORKLOAD}")`
  }

  names(labels: readonly Label[]): string[] {
    return labels.map(label => this.flavour.labels[label])
  }

  selector(metric: string): string {
    return this.#scope.length === 0 ? metric : `${metric}{${this.#scope.join(', ')}}`
  }

  #rate(metric: string): string {
    return `rate(${this.selector(metric)}[${this.#window}])`
  }
}
