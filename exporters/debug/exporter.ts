import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Consumers, Create, Exporter } from '../../pipeline/component.ts'
import { countPoints } from '../../pipeline/data/items.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import type { DebugConfig } from './config.ts'
import { createSampler } from './sampler.ts'
import { toDetailedLines, toNormalLines } from './text.ts'

/** What tests put in the place of the real thing. */
export interface DebugParts {
  readonly clock?: Clock
  /** Where text goes that does not go to the log; resolves when it has been taken. */
  readonly write?: (text: string) => Promise<void>
}

/** Prints what it is given. */
export class DebugExporter implements Exporter {
  readonly consumers: Consumers
  readonly #context: Create<DebugConfig>
  readonly #write: (text: string) => Promise<void>
  readonly #isSampled: () => boolean

  constructor(context: Create<DebugConfig>, parts: DebugParts = {}) {
    const { sampling_initial, sampling_thereafter } = context.config
    this.#context = context
    this.#write = parts.write ?? writeStdout
    this.#isSampled = createSampler(parts.clock ?? systemClock, sampling_initial, sampling_thereafter)
    this.consumers = { metrics: { mutates: false, consume: batch => this.#consume(batch) } }
  }

  async start(): Promise<void> {
    if (!this.#context.config.use_internal_logger) process.stdout.on('error', ignore)
  }

  async shutdown(): Promise<void> {
    process.stdout.off('error', ignore)
  }

  async #consume(batch: MetricsBatch): Promise<void> {
    if (!this.#isSampled()) return
    const { config, log } = this.#context
    const counts = {
      'resource metrics': batch.tables.reduce((sum, table) => sum + new Set(table.resource).size, 0),
      metrics: batch.tables.reduce((sum, table) => sum + table.metrics.length, 0),
      'data points': countPoints(batch),
    }
    const text = toText(batch, config.verbosity)
    if (config.use_internal_logger) {
      log.info(counts, 'Metrics')
      if (text) log.info({}, text)
    } else await this.#write(`Metrics ${JSON.stringify(counts)}\n${text && `${text}\n`}`)
  }
}

function toText(batch: MetricsBatch, verbosity: DebugConfig['verbosity']): string {
  if (verbosity === 'basic') return ''
  return [...(verbosity === 'normal' ? toNormalLines(batch) : toDetailedLines(batch))].join('\n')
}

/** Nobody reads standard output any more: no reason to fail. */
function ignore(): void {}

/** Waits for a slow reader. */
function writeStdout(text: string): Promise<void> {
  return new Promise(resolve => {
    process.stdout.write(text, () => resolve())
  })
}
