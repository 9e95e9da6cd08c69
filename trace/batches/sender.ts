/** Sends events down the logs and traces pipelines. */
import type { Clock } from '../../pipeline/clock.ts'
import type { Consumer, Consumers } from '../../pipeline/component.ts'
import type { Attributes, AttributeValue } from '../../pipeline/data/attributes.ts'
import type { CodedAttribute } from '../../pipeline/data/columns.ts'
import type { LogsBatch } from '../../pipeline/data/logs.ts'
import type { TracesBatch } from '../../pipeline/data/traces.ts'
import { LimitedLog } from '../../pipeline/limited-log.ts'
import type { Describe } from '../../pipeline/resource-detection/describe.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import { toLogs } from '../batches/to-logs.ts'
import { SpanMaker } from '../batches/to-spans.ts'
import type { EventBatch } from '../events/events.ts'

interface SenderOptions {
  readonly next: Consumers
  readonly abis: readonly (Abi | undefined)[]
  readonly clock: Pick<Clock, 'unixNano' | 'monotonicMs'>
  readonly describe: Describe
  readonly log: Logger
  readonly abort: AbortSignal
  /** Attributes of every log record and every span. */
  readonly attributes?: Attributes
}

/** Calls are sent ten times a second. */
const LOG_EVERY_MS = 30_000

export class Sender {
  readonly #options: SenderOptions
  readonly #spans: SpanMaker
  readonly #failures: LimitedLog

  constructor(options: SenderOptions) {
    const { log, clock } = options
    this.#options = options
    this.#spans = new SpanMaker(options.abis)
    this.#failures = new LimitedLog(clock, LOG_EVERY_MS, (batches, error) =>
      log.warn({ error: String(error), batches }, 'traced calls were not taken, and are lost'),
    )
  }

  /**
   * Resolves when all pipelines have answered; what they refuse is counted as the receiver's, and lost. `lastNs` (CLOCK_MONOTONIC)
   * with the last batch: processes that live end their spans then.
   */
  async send(batch: EventBatch, lastNs?: bigint): Promise<void> {
    const { next, abis, clock, abort } = this.#options
    const spans = next.traces && this.#spans.toSpans(batch, lastNs)
    const sends: Promise<void>[] = []
    if (next.logs && !this.#isRefused(next.logs, batch)) {
      const records = toLogs(batch, abis, clock.unixNano(), spans?.tables[0])
      if (records) sends.push(next.logs.consume(this.#complete(records), abort))
    }
    if (spans) sends.push(next.traces.consume(this.#complete(spans), abort))
    for (const result of await Promise.allSettled(sends))
      if (result.status === 'rejected') this.#failures.add(1, result.reason)
    if (lastNs !== undefined) this.#failures.flush()
  }

  /** Nobody would take the records: no text is made of the calls. Spans are made all the same, since they need to know of every process. */
  #isRefused(logs: Consumer<'logs'>, { calls, gaps }: EventBatch): boolean {
    const refusal = logs.refusal?.()
    if (!refusal) return false
    const records = calls + gaps.length
    if (records === 0) return true
    refusal.count(records)
    this.#failures.add(1, refusal.error)
    return true
  }

  #complete<B extends LogsBatch | TracesBatch>(batch: B): B {
    const { describe, attributes = {} } = this.#options
    const added = Object.entries(attributes)
    const tables = batch.tables.map(table => ({
      ...table,
      attributes: [...table.attributes, ...added.map(([key, value]) => constantOf(key, value, table.rows))],
    }))
    return { ...batch, resources: batch.resources.map(describe), ...(added.length > 0 && { tables }) }
  }
}

function constantOf(key: string, value: AttributeValue, rows: number): CodedAttribute {
  return { type: 'coded', key, values: [value], codes: new Uint8Array(rows) }
}
