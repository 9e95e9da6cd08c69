/** What the process may still do once everything has started: what its components retain, and nothing else. */
import { dropCapabilities } from '../native/process.ts'
import { type Capability, toMask } from '../pipeline/capabilities.ts'
import type { Host } from '../pipeline/component.ts'
import type { Logger } from '../pipeline/telemetry.ts'

export class Privileges {
  readonly #retained = new Set<Capability>()
  readonly #reasons: string[] = []
  readonly #drop: (keep: bigint) => void

  constructor(drop: (keep: bigint) => void = dropCapabilities) {
    this.#drop = drop
  }

  /** What a host's `retain` is. */
  readonly retain: Host['retain'] = (capabilities, why) => {
    for (const capability of capabilities) this.#retained.add(capability)
    this.#reasons.push(why)
  }

  /** Gives up all others, on every thread, for good. Where that fails the process goes on with them, and says so. */
  reduce(log: Logger): void {
    try {
      this.#drop(toMask(this.#retained))
      if (this.#reasons.length === 0) log.info({}, 'All capabilities given up')
      else
        log.info({ retained: [...this.#retained], reasons: this.#reasons }, 'All other capabilities given up')
    } catch (error) {
      log.warn(
        { error: (error as Error).message },
        'Capabilities not given up; service::drop_capabilities false does not try',
      )
    }
  }
}
