/**
 * A job that goes with who asked for it: on all agents, renewed as long as this process lives, and deleted on every way out. Its lease ends
 * it where nothing could be deleted: after `kill -9`, or on an agent that is away just then.
 */
import type { JobOptions, Place, SwollClient, TraceSpec } from '../../client/client.ts'
import { ClientError } from '../../client/errors.ts'
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import { startDeadline } from '../../pipeline/deadline.ts'

/** What is left behind at worst. */
const LEASE_MS = 60_000
const RENEW_MS = 20_000
/** For all agents together, when the job is deleted. */
const DELETE_MS = 10_000

interface Wanted {
  readonly id: string
  readonly name?: string | undefined
  readonly place: Place
  readonly spec: TraceSpec
}

interface Named {
  readonly name: string
  readonly client: SwollClient
}

export class OneshotJob implements AsyncDisposable {
  readonly #job: Wanted
  readonly #say: (text: string) => void
  readonly #clock: Clock
  readonly #agents = new Set<Named>()
  readonly #settled = new Set<Named>()
  readonly #abort = new AbortController()
  #stopRenewing: () => void = () => {}
  #deleted: Promise<readonly string[]> | undefined

  constructor(job: Wanted, say: (text: string) => void, clock: Clock = systemClock) {
    this.#job = job
    this.#say = say
    this.#clock = clock
  }

  get id(): string {
    return this.#job.id
  }

  /**
   * Makes the job there, to be renewed. Rejects with ClientError: after a refusal the job is not ours, and is left alone; what may have come
   * about otherwise is deleted in the end.
   */
  async start(agent: Named): Promise<void> {
    if (this.#agents.size === 0) this.#stopRenewing = this.#clock.every(RENEW_MS, () => void this.#renew())
    this.#agents.add(agent)
    try {
      await agent.client.create(this.#job.place, this.#job.spec, this.#options)
    } catch (error) {
      if (error instanceof ClientError && error.code === 'CLIENT_REFUSED' && !error.isTemporary)
        this.#agents.delete(agent)
      throw error
    }
  }

  get #options(): JobOptions & { readonly id: string } {
    const { id, name } = this.#job
    return { id, name, leaseMs: LEASE_MS, abort: this.#abort.signal }
  }

  /** The job is over there: it is not renewed any more. */
  settle(name: string): void {
    for (const agent of this.#agents) if (agent.name === name) this.#settled.add(agent)
  }

  #renewed(): Named[] {
    return [...this.#agents].filter(agent => !this.#settled.has(agent))
  }

  /** A job that its agent does not know any more, after a restart, is made again. */
  async #renew(): Promise<void> {
    await Promise.all(
      this.#renewed().map(async ({ name, client }) => {
        try {
          await client.ensure(this.#job.place, this.#job.spec, this.#options)
        } catch (error) {
          const isTemporary = error instanceof ClientError && error.isTemporary
          if (!isTemporary && !this.#abort.signal.aborted) this.#say(`${name}: ${(error as Error).message}`)
        }
      }),
    )
  }

  /** Deletes the job on all agents at once; the names of those where that failed. Once only, whoever asks. */
  delete(): Promise<readonly string[]> {
    this.#deleted ??= this.#deleteAll()
    return this.#deleted
  }

  async #deleteAll(): Promise<readonly string[]> {
    this.#stopRenewing()
    this.#abort.abort(new Error('the job is to be deleted'))
    using deadline = startDeadline(DELETE_MS, this.#clock)
    const failed = await Promise.all(
      [...this.#agents].map(async ({ name, client }) => {
        try {
          await client.delete(this.#job.id, { abort: deadline.signal })
          return []
        } catch (error) {
          // It is gone, which is what was wanted.
          if (error instanceof ClientError && error.status === 404) return []
          const lease = `it ends within ${LEASE_MS / 1000} s by itself`
          const why = deadline.signal.aborted
            ? `no answer within ${DELETE_MS / 1000} s`
            : (error as Error).message
          this.#say(`${name}: the job ${this.#job.id} could not be deleted: ${why}; ${lease}`)
          return [name]
        }
      }),
    )
    return failed.flat()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete()
  }
}
