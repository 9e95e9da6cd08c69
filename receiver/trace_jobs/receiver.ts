/** Sends the calls of trace jobs down its pipelines, as log records and as spans, with the job on each. */
import { abisOf } from '../../kernel/settings.ts'
import { onAbort } from '../../pipeline/abort.ts'
import { systemClock } from '../../pipeline/clock.ts'
import type { Component, Consumers, Create, Host } from '../../pipeline/component.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { Instruments } from '../../pipeline/instruments.ts'
import { createDescribe, type Describe } from '../../pipeline/resource-detection/describe.ts'
import { detectOrigin } from '../../pipeline/resource-detection/origin.ts'
import type { Lease, Service } from '../../pipeline/services.ts'
import { Sender } from '../../trace/batches/sender.ts'
import type { EventBatch } from '../../trace/events/events.ts'
import type { Job, JobSink, JobTable } from '../../trace/jobs/job.ts'
import { JOBS_SERVICE } from '../../trace/jobs/service.ts'
import type { TraceJobsConfig } from './config.ts'
import { JobSender } from './job-sender.ts'

export class TraceJobsReceiver implements Component, JobSink {
  readonly #create: Create<TraceJobsConfig>
  readonly #next: Consumers
  readonly #own: Instruments
  readonly #abort = new AbortController()
  readonly #senders = new Map<Job, JobSender>()
  readonly #ending = new Set<Promise<void>>()
  readonly #counts = { events: 0, lost: 0 }
  #describe: Describe = resource => resource
  #lease: Lease<JobTable & Service> | undefined
  #stopTaking: () => void = () => {}

  constructor(create: Create<TraceJobsConfig>, next: Consumers) {
    this.#create = create
    this.#next = next
    this.#own = new Instruments(create.meter, { receiver: create.id })
  }

  /** Rejects with COMPONENT_START_FAILED where no extension has opened the jobs. */
  async start(host: Host): Promise<void> {
    const { config, id, log } = this.#create
    this.#describe = createDescribe(detectOrigin(config.resource_detection, log))
    this.#lease = await host.service<JobTable & Service>(JOBS_SERVICE, () => {
      throw new SwollError(
        'COMPONENT_START_FAILED',
        `receivers::${id}: must have somebody who takes jobs; add the extension trace_api to service::extensions`,
      )
    })
    this.#observe()
    this.#stopTaking = this.#lease.value.sendTo(`receivers::${id}`, this)
    host.report('ok')
  }

  /** Sends what there is. Processes that live end their spans here. */
  async shutdown(abort: AbortSignal): Promise<void> {
    this.#stopTaking()
    this.#own.close()
    using _ = onAbort(abort, () => this.#abort.abort(abort.reason))
    for (const job of [...this.#senders.keys()]) this.end(job)
    await Promise.all(this.#ending)
    await this.#lease?.release(abort)
  }

  take(job: Job, batch: EventBatch): number {
    const lost = this.#senderOf(job).take(batch)
    this.#counts.events += batch.length - lost
    this.#counts.lost += lost
    return lost
  }

  end(job: Job): void {
    const sender = this.#senders.get(job)
    if (sender === undefined) return
    this.#senders.delete(job)
    const ended = sender.end(process.hrtime.bigint()).finally(() => this.#ending.delete(ended))
    this.#ending.add(ended)
  }

  #senderOf(job: Job): JobSender {
    const known = this.#senders.get(job)
    if (known !== undefined) return known
    const { id, name, namespace } = job
    const sender = new JobSender(
      new Sender({
        next: this.#next,
        abis: abisOf(process.arch),
        clock: systemClock,
        describe: this.#describe,
        log: this.#create.log,
        abort: this.#abort.signal,
        attributes: {
          'swoll.trace.job': id,
          'swoll.trace.name': name,
          ...(namespace !== undefined && { 'swoll.trace.namespace': namespace }),
        },
      }),
    )
    this.#senders.set(job, sender)
    return sender
  }

  #observe(): void {
    const counter = (name: string, description: string, read: () => number) =>
      this.#own.readCounter(`receiver_trace_jobs_${name}`, '{event}', description, put => put(read()))
    counter('sent_events', 'Calls and ends of threads of jobs that were sent', () => this.#counts.events)
    counter(
      'lost_events',
      'Calls and ends of threads of jobs that came while the pipelines were busy',
      () => this.#counts.lost,
    )
  }
}
