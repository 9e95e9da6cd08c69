import type { Host, Signal } from '../../pipeline/component.ts'
import type { Logger } from '../../pipeline/telemetry.ts'

/** The exporter's state: degraded from the first failure of a signal until all signals go out again. */
export class Health {
  readonly #host: Host
  readonly #log: Logger
  readonly #failing = new Set<Signal>()

  constructor(host: Host, log: Logger) {
    this.#host = host
    this.#log = log
  }

  degrade(signal: Signal, error: Error): void {
    if (this.#failing.has(signal)) return
    this.#failing.add(signal)
    this.#host.report('recoverable', error)
  }

  recover(signal: Signal): void {
    if (!this.#failing.delete(signal)) return
    this.#log.info({ signal }, 'Export works again')
    if (this.#failing.size === 0) this.#host.report('ok')
  }
}
