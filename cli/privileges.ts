/** The capabilities of the process once everything has started: those that its components retain, and no other. */
import { dropCapabilities } from '../native/process.ts'
import { type Capability, toMask } from '../pipeline/capabilities.ts'
import type { Host } from '../pipeline/component.ts'
import type { Logger } from '../pipeline/telemetry.ts'

export class Privileges {
  readonly #retained = new Set<Capability>()
  readonly #reasons = new Set<string>()
  #areReduced = false
  readonly #drop: (keep: bigint) => void

  constructor(drop: (keep: bigint) => void = dropCapabilities) {
    this.#drop = drop
  }

  /** The `retain` of a host. */
  readonly retain: Host['retain'] = (capabilities, why) => {
    for (const capability of capabilities) this.#retained.add(capability)
    this.#reasons.add(why)
  }

  /** Whether all others have been given up. */
  get areReduced(): boolean {
    return this.#areReduced
  }

  /** Gives up all others, on every thread, for good. Where that fails the process goes on with them, and says so. */
  reduce(log: Logger): void {
    try {
      this.#drop(toMask(this.#retained))
      this.#areReduced = true
      if (this.#reasons.size === 0) log.info({}, 'All capabilities given up')
      else
        log.info(
          { retained: [...this.#retained], reasons: [...this.#reasons] },
          'All other capabilities given up',
        )
    } catch (error) {
      log.warn(
        { error: (error as Error).message },
        'Capabilities not given up; service::drop_capabilities false does not try',
      )
    }
  }
}
