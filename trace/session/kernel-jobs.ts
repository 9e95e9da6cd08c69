/** Jobs, as the kernel side knows them: which calls and threads they want, and how much. The programs are attached only while there is one. */
import type { TracingView } from '../../kernel/tracing.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import { type InFlightWish, type Job, type JobSet, type JobSpec, Jobs, toJobSet } from '../requests/jobs.ts'

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

  /** From now on calls that begin are for the job too. Throws NATIVE_BPF_ATTACH_FAILED, or NATIVE_BPF_LOAD_FAILED of calls in flight. */
  start({ number, spec }: Job): void {
    const bit = 1n << BigInt(number)
    const { inFlight } = spec
    if (!inFlight?.isAlone && this.#traced === bit) this.#tracing.attach()
    this.#tracing.markThreads()
    for (const pid of spec.pids ?? []) this.#tracing.markThreads(bit, pid)
    this.#tracing.setJobs('active_jobs', this.#traced)
    if (inFlight) this.#showInFlight(bit, inFlight)
  }

  #showInFlight(jobs: bigint, { isAlone, minNs = 0, fail }: InFlightWish): void {
    try {
      this.#tracing.showInFlight({ jobs, minNs, isMarking: !isAlone })
    } catch (error) {
      if (!fail) throw error
      fail(error)
    }
  }

  /** Nothing is sent for the job any more. */
  remove(job: Job): void {
    if (!this.jobs.remove(job)) return
    this.#tracing.setJobs('active_jobs', this.#traced)
    if (this.#traced === 0n && isTraced(job)) this.#tracing.detach()
    this.#tell()
  }

  /** The jobs that want calls which begin and end. */
  get #traced(): bigint {
    return this.jobs.bits(isTraced)
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

const isTraced = ({ spec }: Job): boolean => !spec.inFlight?.isAlone
const isFollower = ({ spec }: Job): boolean => spec.pids !== undefined
