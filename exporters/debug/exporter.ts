import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Consumer, Consumers, Create, Exporter, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import type { DebugConfig } from './config.ts'
import { createSampler } from './sampler.ts'
import { SHOWN } from './signals.ts'

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
    this.consumers = {
      traces: this.#consumer('traces'),
      metrics: this.#consumer('metrics'),
      logs: this.#consumer('logs'),
    }
  }

  async start(): Promise<void> {
    if (!this.#context.config.use_internal_logger) process.stdout.on('error', ignore)
  }

  async shutdown(): Promise<void> {
    process.stdout.off('error', ignore)
  }

  #consumer<S extends Signal>(signal: S): Consumer<S> {
    return { mutates: false, consume: batch => this.#consume(signal, batch) }
  }

  async #consume<S extends Signal>(signal: S, batch: Batches[S]): Promise<void> {
    if (!this.#isSampled()) return
    const { config, log } = this.#context
    const { title, counts: count, ...lines } = SHOWN[signal]
    const counts = count(batch)
    const text = config.verbosity === 'basic' ? '' : [...lines[config.verbosity](batch)].join('\n')
    if (config.use_internal_logger) {
      log.info(counts, title)
      if (text) log.info({}, text)
    } else await this.#write(`${title} ${JSON.stringify(counts)}\n${text && `${text}\n`}`)
  }
}

/** Nobody reads standard output any more: no reason to fail. */
function ignore(): void {}

/** Waits for a slow reader. */
function writeStdout(text: string): Promise<void> {
  return new Promise(resolve => {
    process.stdout.write(text, () => resolve())
  })
}
