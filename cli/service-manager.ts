/** Tells systemd how the process is: sd_notify(3), for units of `Type=notify`. */
import { sendDatagram } from '../native/process.ts'
import type { Clock } from '../pipeline/clock.ts'
import type { Logger } from '../pipeline/telemetry.ts'

interface Environment {
  readonly NOTIFY_SOCKET?: string | undefined
  /** Microseconds; there with `WatchdogSec`. */
  readonly WATCHDOG_USEC?: string | undefined
}

interface Options {
  readonly env: Environment
  readonly clock: Clock
  readonly log: Logger
  /** Asked before each sign of life. */
  readonly isLive: () => boolean
  readonly send?: (path: string, text: string) => void
  /** CLOCK_MONOTONIC. */
  readonly monotonicNs?: () => bigint
}

export class ServiceManager {
  readonly #options: Options
  #stopSigns = () => {}

  constructor(options: Options) {
    this.#options = options
  }

  /** Everything has started. From now on there is a sign of life twice within the watchdog's time, while the process is live. */
  ready(): void {
    const { env, clock, isLive } = this.#options
    this.#tell('READY=1')
    const ms = Number(env.WATCHDOG_USEC) / 1000
    if (!(ms > 0)) return
    this.#stopSigns = clock.every(ms / 2, () => {
      if (isLive()) this.#tell('WATCHDOG=1')
    })
  }

  /** The configuration is being applied, until `reloaded`. */
  reloading(): void {
    const { monotonicNs = process.hrtime.bigint } = this.#options
    this.#tell(`RELOADING=1\nMONOTONIC_USEC=${monotonicNs() / 1000n}`)
  }

  reloaded(): void {
    this.#tell('READY=1')
  }

  /** A shutdown has a deadline of its own: the signs go on. */
  stopping(): void {
    this.#tell('STOPPING=1')
  }

  /** Safe twice. */
  close(): void {
    this.#stopSigns()
  }

  /** Nobody to tell is fine; one who cannot be told is worth a line, and no more than that. */
  #tell(text: string): void {
    const { env, log, send = sendDatagram } = this.#options
    if (!env.NOTIFY_SOCKET) return
    try {
      send(env.NOTIFY_SOCKET, text)
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'systemd could not be told of the state of the agent')
    }
  }
}
