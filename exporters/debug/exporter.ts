import { type Clock, systemClock } from '../../pipeline/clock.ts'
import type { Consumers, Create, Host, Part, Signal } from '../../pipeline/component.ts'
import type { Batches } from '../../pipeline/data/batches.ts'
import { settlesBefore } from '../../pipeline/deadline.ts'
import type { Lease, Service } from '../../pipeline/services.ts'
import { openUnblocked, UnblockedOutput } from '../../pipeline/unblocked-output.ts'
import { createConsumers } from '../shared/consumers.ts'
import type { DebugConfig } from './config.ts'
import { createSampler } from './sampler.ts'
import { SHOWN } from './signals.ts'

/** Parts that tests replace. */
interface DebugParts {
  readonly clock?: Clock
  /** Prints text that does not go to the log; resolves when it has been taken. */
  readonly write?: (text: string, abort: AbortSignal) => Promise<void>
}

/** Prints what it is given. */
export class DebugExporter implements Part {
  readonly consumers: Consumers
  readonly #context: Create<DebugConfig>
  #write: DebugParts['write']
  #stdout: Lease<StandardOutput> | undefined
  readonly #isSampled: () => boolean

  constructor(context: Create<DebugConfig>, parts: DebugParts = {}) {
    const { sampling_initial, sampling_thereafter } = context.config
    this.#context = context
    this.#write = parts.write
    this.#isSampled = createSampler(parts.clock ?? systemClock, sampling_initial, sampling_thereafter)
    this.consumers = createConsumers((signal, batch, abort) => this.#consume(signal, batch, abort))
  }

  async start(host: Host): Promise<void> {
    if (this.#write || this.#context.config.use_internal_logger) return
    this.#stdout = await host.service('standard output', () => new StandardOutput())
    this.#write = this.#stdout.value.write
  }

  async shutdown(abort: AbortSignal): Promise<void> {
    await this.#stdout?.release(abort)
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
    } else await this.#write?.(`${title} ${JSON.stringify(counts)}\n${text && `${text}\n`}`, abort)
  }
}

/** Standard output, shared by all who print there. A reader that is gone is no reason to fail. */
class StandardOutput implements Service {
  readonly #descriptor = openUnblocked(1)
  readonly #output = new UnblockedOutput({ write: this.#descriptor.write })
  #last = Promise.resolve()

  /** One text after the other waits for a slow reader, and keeps nobody else waiting. */
  readonly write = (text: string, abort: AbortSignal): Promise<void> => {
    this.#last = this.#last.then(() => {
      this.#output.write(text)
      return this.#output.drained(abort)
    })
    return this.#last
  }

  async close(abort: AbortSignal): Promise<void> {
    await settlesBefore(this.#last, abort)
    this.#descriptor.close()
  }
}
