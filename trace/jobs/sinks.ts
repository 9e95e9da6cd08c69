/** Who takes the calls of jobs whose output is `otlp`, and is told of the ends of all. */
import type { EventBatch } from '../events/events.ts'
import type { Job, JobSink } from './job.ts'

export class Sinks {
  /** By name, those that wait for their turn behind the first. */
  readonly #byName = new Map<string, Set<JobSink>>()

  /** As `sendTo` of a table. */
  add(name: string, sink: JobSink): () => void {
    const turns = this.#byName.get(name) ?? new Set()
    this.#byName.set(name, turns.add(sink))
    return () => {
      turns.delete(sink)
      if (turns.size === 0 && this.#byName.get(name) === turns) this.#byName.delete(name)
    }
  }

  /** Returns how many events found no room, each time. */
  take(job: Job, batch: EventBatch): number {
    let lost = 0
    for (const [sink] of this.#byName.values()) lost += sink?.take(job, batch) ?? 0
    return lost
  }

  end(job: Job): void {
    for (const [sink] of this.#byName.values()) sink?.end(job)
  }
}
