/** Sends events down the logs and traces pipelines. */
import type { Clock } from '../../../pipeline/clock.ts'
import type { Consumers } from '../../../pipeline/component.ts'
import type { Resource } from '../../../pipeline/data/resource.ts'
import type { Describe } from '../../../pipeline/resource-detection/describe.ts'
import type { Logger } from '../../../pipeline/telemetry.ts'
import type { Abi } from '../../../syscalls/tables/syscalls.ts'
import { toLogs } from '../../../trace/batches/to-logs.ts'
import { SpanMaker } from '../../../trace/batches/to-spans.ts'
import type { EventBatch } from '../../../trace/events/events.ts'

interface SenderOptions {
  readonly next: Consumers
  readonly abis: readonly (Abi | undefined)[]
  readonly clock: Pick<Clock, 'unixNano'>
  readonly describe: Describe
  readonly log: Logger
  readonly abort: AbortSignal
}

export class Sender {
  readonly #options: SenderOptions
  readonly #spans: SpanMaker

  constructor(options: SenderOptions) {
    this.#options = options
    this.#spans = new SpanMaker(options.abis)
  }

  /**
   * Resolves when all pipelines have answered; what they refuse is counted as the receiver's, and lost. `lastNs` (CLOCK_MONOTONIC)
   * with the last batch: processes that live end their spans then.
   */
  async send(batch: EventBatch, lastNs?: bigint): Promise<void> {
    const { next, abis, clock, describe, log, abort } = this.#options
    const spans = next.traces && this.#spans.toSpans(batch, lastNs)
    const records = next.logs && toLogs(batch, abis, clock.unixNano(), spans?.tables[0])
    const sends: Promise<void>[] = []
    if (records) sends.push(next.logs.consume(withDescribed(records, describe), abort))
    if (spans) sends.push(next.traces.consume(withDescribed(spans, describe), abort))
    for (const result of await Promise.allSettled(sends))
      if (result.status === 'rejected')
        log.warn({ error: String(result.reason) }, 'traced calls were not taken, and are lost')
  }
}

function withDescribed<B extends { readonly resources: readonly Resource[] }>(
  batch: B,
  describe: Describe,
): B {
  return { ...batch, resources: batch.resources.map(describe) }
}
