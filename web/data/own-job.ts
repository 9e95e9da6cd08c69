/** A job that lives as long as its page. */
import type { TraceChoice } from '../command.ts'
import type { PageClock } from './clock.ts'
import { deleteJob, ensureJob, newJobId, RENEW_MS } from './jobs.ts'
import type { Session } from './session.ts'

export class OwnJob {
  readonly id = newJobId()
  readonly #session: Session
  readonly #clock: PageClock
  readonly #choice: TraceChoice
  #stopRenewing = () => {}
  #isEnded = false

  constructor(session: Session, clock: PageClock, choice: TraceChoice) {
    this.#session = session
    this.#clock = clock
    this.#choice = choice
  }

  /** Resolves once the job traces; from then on its lease is renewed. Rejects with AnswerError. */
  async start(): Promise<void> {
    await ensureJob(this.#session, this.#choice, this.id)
    if (this.#isEnded) this.#delete()
    else this.#renewLater()
  }

  end(): void {
    this.#isEnded = true
    this.#stopRenewing()
    this.#delete()
  }

  /** Where it fails, the lease ends the job. */
  #delete(): void {
    deleteJob(this.#session, this.id).catch(() => {})
  }

  #renewLater(): void {
    this.#stopRenewing = this.#clock.after(RENEW_MS, () => {
      const again = () => {
        if (!this.#isEnded) this.#renewLater()
      }
      ensureJob(this.#session, this.#choice, this.id).then(again, again)
    })
  }
}
