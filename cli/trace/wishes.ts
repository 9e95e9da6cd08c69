/** Whom signals are for: first swoll, then the command, and swoll again when that has ended. */
import { constants } from 'node:os'
import { ignoreSignals, onStopSignal } from '../signals.ts'
import { stderr } from '../stderr.ts'
import { forwardSignals } from './forward-signals.ts'
import type { Command } from './launch.ts'

/** The wishes of somebody who stops swoll, one signal after the other: end the trace; do not wait for its reader; end now. */
export class Wishes {
  readonly #stop = new AbortController()
  readonly #giveUp = new AbortController()
  readonly #exitNow: () => void
  #unlisten: () => void

  constructor(exitNow: () => void) {
    this.#exitNow = exitNow
    this.#unlisten = this.#listen()
  }

  /** The trace is to end. Its reason is the number of the signal, if it was one. */
  get stop(): AbortSignal {
    return this.#stop.signal
  }

  /** Fires when printed calls need not arrive any more. */
  get giveUp(): AbortSignal {
    return this.#giveUp.signal
  }

  /** The trace has enough, or is over. */
  end(): void {
    this.#stop.abort()
  }

  /** Signals are for the command as long as it runs. */
  yieldTo(command: Command): void {
    this.#unlisten()
    this.#unlisten = forwardSignals(command)
    void command.ended.then(() => {
      this.#unlisten()
      this.#unlisten = this.#listen()
    })
  }

  #listen(): () => void {
    const unlisten = [
      onStopSignal(
        signal => this.#next(signal),
        signal => this.#next(signal),
      ),
      ignoreSignals(signal => stderr().write(`swoll: ${signal} is ignored\n`)),
    ]
    return () => {
      for (const end of unlisten) end()
    }
  }

  #next(signal: NodeJS.Signals): void {
    if (!this.#stop.signal.aborted) this.#stop.abort(constants.signals[signal])
    else if (!this.#giveUp.signal.aborted) this.#giveUp.abort()
    else this.#exitNow()
  }
}
