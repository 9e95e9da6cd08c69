import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Consumer, Consumers, Create, Part, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { UnblockedOutput, unblockedWriter } from '../../pipeline/unblocked-output.ts'
import type { DebugConfig } from './config.ts'
import { createSampler } from './sampler.ts'
import { SHOWN } from './signals.ts'

/** What tests put in the place of the real thing. */
interface DebugParts {
  readonly clock?: Clock
  /** Where text goes that does not go to the log; resolves when it has been taken. */
  readonly write?: (text: string, abort: AbortSignal) => Promise<void>
}

/** Prints what it is given. */
export class DebugExporter implements Part {
  readonly consumers: Consumers
  readonly #context: Create<DebugConfig>
  readonly #write: NonNullable<DebugParts['write']>
  readonly #isSampled: () => boolean

  constructor(context: Create<DebugConfig>, parts: DebugParts = {}) {
    const { sampling_initial, sampling_thereafter } = context.config
    this.#context = context
    this.#write = parts.write ?? createStdout()
    this.#isSampled = createSampler(parts.clock ?? systemClock, sampling_initial, sampling_thereafter)
    this.consumers = {
      traces: this.#consumer('traces'),
      metrics: this.#consumer('metrics'),
      logs: this.#consumer('logs'),
    }
  }

  async start(): Promise<void> {}

  async shutdown(): Promise<void> {}

  #consumer<S extends Signal>(signal: S): Consumer<S> {
    return { mutates: false, consume: (batch, abort) => this.#consume(signal, batch, abort) }
  }

  async #consume<S extends Signal>(signal: S, batch: Batches[S], abort: AbortSignal): Promise<void> {
    if (!this.#isSampled()) return
    const { config, log } = this.#context
    const { title, counts: count, ...lines } = SHOWN[signal]
    const counts = count(batch)
    const text = config.verbosity === 'basic' ? '' : [...lines[config.verbosity](batch)].join('\n')
    if (config.use_internal_logger) {
      log.info(counts, title)
      if (text) log.info({}, text)
    } else await this.#write(`${title} ${JSON.stringify(counts)}\n${text && `${text}\n`}`, abort)
  }
}

/** One text after the other waits for a slow reader, and keeps nobody else waiting. A reader that is gone is no reason to fail. */
function createStdout(): NonNullable<DebugParts['write']> {
  const output = new UnblockedOutput({ write: unblockedWriter(1) })
  let last = Promise.resolve()
  return (text, abort) => {
    last = last.then(() => {
      output.write(text)
      return output.drained(abort)
    })
    return last
  }
}
