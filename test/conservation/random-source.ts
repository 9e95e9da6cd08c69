/** A made-up node: series are born, count, stand still, restart, hide for a while and die, at random but repeatably. */
import type { MetricsBatch, MetricTable } from '../../pipeline/data/metrics.ts'
import { metricsBatch, type Row } from '../kit/metrics.ts'
import { pick } from '../pipeline/data/random-rows.ts'

export const STEP_MS = 1000
/** That of a resource that is always there, so that no table is ever empty. */
export const ALWAYS = 'always'
const CALLS = ['read', 'openat', 'close', 'bind', 'mmap', 'socket', 'write', 'fork']
const AMOUNTS = [1n, 2n, 3n, 0xffff_fff1n, 2n ** 53n + 1n]
/** Two tables, which have the same resources. */
const SCOPES = ['calls', 'packets'] as const

/** From its birth, or its last restart, on. */
export interface Life {
  readonly scope: (typeof SCOPES)[number]
  readonly resource: string
  readonly attributes: Readonly<Record<string, string | boolean>>
  start: bigint
  value: bigint
  /** By index; together they are `value`. */
  buckets: Record<number, bigint>
  ended: boolean
  /** Steps for which it does not count; for which it is missing from the batch (below 0: it was in the last). */
  still: number
  hidden: number
}

export interface SourceOptions {
  readonly random: () => number
  /** Rows or resources that may be missing from batches, for so many steps at most. */
  readonly hides: { readonly what: 'rows' | 'resources'; readonly steps: number } | undefined
  /** Rows may begin anew alone. */
  readonly restarts: boolean
  /** Rows may be what somebody upstream has folded. */
  readonly overflows: boolean
}

export interface Step {
  readonly batch: MetricsBatch
  /** Those whose rows the batch has, in the order of the rows. */
  readonly seen: readonly Life[]
  /** Series that have not ended before. */
  readonly alive: number
}

export class RandomSource {
  readonly #options: SourceOptions
  #lives: Life[] = []
  #step = 0n
  #epoch = 0
  #starts = 0n

  constructor(options: SourceOptions) {
    this.#options = options
    for (const scope of SCOPES) this.#add(scope, ALWAYS, { 'syscall.name': 'read' })
  }

  next(): Step {
    const { random, hides } = this.#options
    this.#step++
    this.#lives = this.#lives.filter(life => !life.ended)
    if (random() < 0.01) this.#beginAnew()
    if (random() < 0.04) this.#endResource(pick(random, this.#resources()))
    for (const life of this.#lives) this.#live(life)
    for (let births = Math.floor(random() * 4); births > 0; births--) this.#bear()
    if (hides?.what === 'rows') for (const life of this.#lives) this.#hide([life])
    if (hides?.what === 'resources')
      for (const resource of this.#resources())
        this.#hide(this.#lives.filter(life => life.resource === resource))
    if (random() < 0.2) this.#lives.sort(() => random() - 0.5)
    const visible = this.#lives.filter(life => life.hidden-- <= 0)
    const seen = SCOPES.flatMap(scope => visible.filter(life => life.scope === scope))
    return { seen, batch: this.#toBatch(seen), alive: this.#lives.length }
  }

  #toBatch(seen: readonly Life[]): MetricsBatch {
    const options = { time: this.#now(), epoch: this.#epoch }
    const all = metricsBatch(seen.map(toRow), options)
    const order = new Map(all.resources.map(({ id }, i) => [id, i]))
    const tables = SCOPES.map((scope): MetricTable => {
      const rows = seen.filter(life => life.scope === scope)
      const { tables } = metricsBatch(rows.map(toRow), { ...options, scope })
      return { ...tables[0]!, resource: Uint32Array.from(rows, ({ resource }) => order.get(resource)!) }
    })
    return { resources: all.resources, tables }
  }

  #resources(): string[] {
    return ['r0', 'r1', 'r2', 'r3', 'r4']
  }

  /** The clock goes back with it. No two lives have the same start. */
  #beginAnew(): void {
    this.#epoch++
    for (const life of this.#lives) this.#restart(life)
  }

  #restart(life: Life): void {
    Object.assign(life, { start: this.#start(), value: 0n, buckets: {} })
  }

  #endResource(resource: string): void {
    for (const life of this.#lives)
      if (life.resource === resource) Object.assign(life, { ended: true, hidden: 0 })
  }

  #hide(lives: readonly Life[]): void {
    const { random, hides } = this.#options
    const mayHide = lives.every(
      life => !life.ended && life.hidden < 0 && life.value > 0n && life.resource !== ALWAYS,
    )
    if (!mayHide || random() > 0.03) return
    const hidden = 1 + Math.floor(random() * hides!.steps)
    for (const life of lives) life.hidden = hidden
  }

  #live(life: Life): void {
    const { random, restarts } = this.#options
    if (life.hidden > 0) return // what it does meanwhile would only be seen later
    if (restarts && !life.ended && random() < 0.02) this.#restart(life)
    if (life.still-- > 0) return
    if (random() < 0.05) life.still = Math.floor(random() * 12)
    for (let n = Math.floor(random() * 3); n > 0; n--) this.#count(life)
    if (life.resource !== ALWAYS && random() < 0.03) life.ended = true
  }

  #count(life: Life): void {
    const { random } = this.#options
    const [bucket, amount] = [Math.floor(random() * 6) - 4, pick(random, AMOUNTS)]
    life.value += amount
    life.buckets[bucket] = (life.buckets[bucket] ?? 0n) + amount
  }

  #bear(): void {
    const { random, overflows } = this.#options
    const [scope, resource] = [pick(random, SCOPES), pick(random, this.#resources())]
    const attributes: Life['attributes'] =
      overflows && random() < 0.1
        ? { 'otel.metric.overflow': true }
        : { 'syscall.name': pick(random, CALLS), ...(random() < 0.3 && { 'error.type': 'EIO' }) }
    const known = this.#lives.filter(life => life.resource === resource)
    if (known.some(life => life.hidden > 0)) return // all of a resource hide, or none
    const text = JSON.stringify(attributes)
    if (known.some(life => life.scope === scope && JSON.stringify(life.attributes) === text)) return
    this.#add(scope, resource, attributes)
  }

  #add(scope: Life['scope'], resource: string, attributes: Life['attributes']): void {
    const life = { scope, resource, attributes, start: this.#start(), value: 0n, buckets: {} }
    const alive = { ...life, ended: false, still: 0, hidden: 0 }
    this.#count(alive)
    this.#lives.push(alive)
  }

  #now(): bigint {
    return BigInt(1000 - this.#epoch) * 10n ** 15n + this.#step * BigInt(STEP_MS) * 1_000_000n
  }

  #start(): bigint {
    return this.#now() - 500_000n + ++this.#starts
  }
}

/** Several resources are of the same pod. */
export function podOf(resource: string): string {
  return `p${resource.charCodeAt(1) % 2}`
}

function toRow({ scope, resource, attributes, start, value, buckets, ended }: Life): Row {
  const duration = { sum: Number(value) * 0.1, buckets: { ...buckets } }
  const values = { [scope]: value, ...(scope === 'calls' && { duration }) }
  return {
    resource: { id: resource, attributes: { pod: podOf(resource) } },
    attributes,
    start,
    ended,
    values,
  }
}
