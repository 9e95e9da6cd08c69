/** Jobs, as the kernel side knows them: which calls and threads they want, and how much. The programs are attached only while there is one. */
import type { TracingView } from '../../kernel/tracing.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import { type Job, type JobSet, type JobSpec, Jobs, toJobSet } from '../requests/jobs.ts'

export class KernelJobs {
  readonly jobs = new Jobs()
  readonly #tracing: TracingView
  readonly #abis: readonly (Abi | undefined)[]
  #byCall: BigUint64Array

  constructor(tracing: TracingView, abis: readonly (Abi | undefined)[]) {
    this.#tracing = tracing
    this.#abis = abis
    this.#byCall = this.jobs.byCall(abis)
  }

  /** All jobs. */
  get active(): JobSet {
    return toJobSet(this.jobs.bits())
  }

  /** The jobs that follow processes. */
  get followers(): JobSet {
    return toJobSet(this.jobs.bits(isFollower))
  }

  /** Says what the job wants; nothing is sent for it before `start`. Throws TRACE_TOO_MANY_JOBS. */
  add(spec: JobSpec): Job {
    const job = this.jobs.add(spec)
    if (spec.filter) this.#tracing.setFilter(job.number, spec.filter)
    this.#tell()
    return job
  }

  /** From now on calls that begin are for the job too. Throws NATIVE_BPF_ATTACH_FAILED. */
  start({ number, spec }: Job): void {
    if (this.jobs.all.length === 1) this.#tracing.attach()
    this.#tracing.markThreads()
    for (const pid of spec.pids ?? []) this.#tracing.markThreads(1n << BigInt(number), pid)
    this.#tracing.setJobs('active_jobs', this.jobs.bits())
  }

  /** Nothing is sent for the job any more. */
  remove(job: Job): void {
    if (!this.jobs.remove(job)) return
    this.#tracing.setJobs('active_jobs', this.jobs.bits())
    if (this.jobs.all.length === 0) this.#tracing.detach()
    this.#tell()
  }

  #tell(): void {
    const byCall = this.jobs.byCall(this.#abis)
    this.#tracing.setJobsByCall(byCall, this.#byCall)
    this.#byCall = byCall
    this.#tracing.setJobs('following_jobs', this.jobs.bits(isFollower))
    this.#tracing.setJobs(
      'filtered_jobs',
      this.jobs.bits(job => job.spec.filter !== undefined),
    )
    this.#tracing.setJobs(
      'default_jobs',
      this.jobs.bits(job => job.spec.wants !== undefined),
    )
  }
}

const isFollower = ({ spec }: Job): boolean => spec.pids !== undefined
