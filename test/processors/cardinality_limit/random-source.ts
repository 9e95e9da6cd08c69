/** A made-up node: series are born, count, stand still, restart, hide for a while and die, at random but repeatably. */
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { metricsBatch, type Row } from '../../kit/metrics.ts'
import { pick } from '../../pipeline/data/random-rows.ts'

interface Life {
  resource: string
  attributes: Record<string, string | boolean>
  start: bigint
  calls: bigint
  sum: number
  buckets: Record<number, bigint>
  ended: boolean
  /** Steps for which it does not count; for which it is missing from the batch (below 0: it was in the last). */
  still: number
  hidden: number
}

interface SourceOptions {
  readonly random: () => number
  readonly resources: number
  /** Series a resource may have at once. */
  readonly names: number
  /** Longest hiding, in steps; 0: nobody hides. */
  readonly hiding: number
  readonly stepNs: bigint
}

export class RandomSource {
  #lives: Life[] = []
  #step = 0n
  readonly #options: SourceOptions
  constructor(options: SourceOptions) {
    this.#options = options
  }

  /** Series that have not ended. */
  get alive(): number {
    return this.#lives.length
  }

  next(): MetricsBatch {
    const { random, stepNs, hiding } = this.#options
    this.#step++
    this.#lives = this.#lives.filter(life => !life.ended)
    if (random() < 0.03) this.#endResource(pick(random, this.#resources()))
    for (const life of this.#lives) this.#move(life)
    for (let births = Math.floor(random() * 4); births > 0; births--) this.#bear()
    for (const life of this.#lives)
      if (hiding > 0 && !life.ended && life.hidden < 0 && random() < 0.02)
        life.hidden = 1 + Math.floor(random() * hiding)
    if (random() < 0.2) this.#lives.sort(() => random() - 0.5)
    const seen = this.#lives.filter(life => life.hidden-- <= 0)
    return metricsBatch(seen.map(toRow), { time: this.#step * stepNs })
  }

  #resources(): string[] {
    return Array.from({ length: this.#options.resources }, (_, i) => `r${i}`)
  }

  #endResource(resource: string): void {
    for (const life of this.#lives)
      if (life.resource === resource) Object.assign(life, { ended: true, hidden: 0 })
  }

  #move(life: Life): void {
    const { random } = this.#options
    if (life.hidden > 0) return // what it does meanwhile would only be seen later
    if (!life.ended && random() < 0.02)
      Object.assign(life, { start: this.#now(), calls: 0n, sum: 0, buckets: {} }) // a restart
    if (life.still-- > 0) return
    if (random() < 0.05) life.still = Math.floor(random() * 12)
    for (let n = Math.floor(random() * 3); n > 0; n--) {
      const bucket = Math.floor(random() * 6) - 4
      const count = pick(random, [1n, 2n, 0xffff_fff1n])
      life.calls += count
      life.sum += Number(count) * 0.1
      life.buckets[bucket] = (life.buckets[bucket] ?? 0n) + count
    }
    if (random() < 0.03) life.ended = true
  }

  #bear(): void {
    const { random, names } = this.#options
    const resource = pick(random, this.#resources())
    const name = Math.floor(random() * names)
    const attributes: Record<string, string | boolean> =
      name === 0
        ? { 'otel.metric.overflow': true }
        : { name: `n${name}`, ...(name % 3 === 0 && { extra: 'x' }) }
    const isTaken = this.#lives.some(
      life => life.resource === resource && JSON.stringify(life.attributes) === JSON.stringify(attributes),
    )
    if (isTaken) return
    this.#lives.push({
      resource,
      attributes,
      start: this.#now(),
      calls: 1n,
      sum: 0.1,
      buckets: { 0: 1n },
      ended: random() < 0.02,
      still: 0,
      hidden: 0,
    })
  }

  #now(): bigint {
    return this.#step * this.#options.stepNs - 1n
  }
}

function toRow({ resource, attributes, start, calls, sum, buckets, ended }: Life): Row {
  return {
    resource,
    attributes,
    start,
    ended,
    values: { calls, duration: { sum, buckets: { ...buckets } } },
  }
}
