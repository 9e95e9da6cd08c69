/** The tracing programs: loaded once, attached while there are jobs. What they are told, and what they send, as bytes. */
import type { ProgramInfo, RingInfo } from '../native/addon.ts'
import { type BpfObject, possibleCpus } from '../native/bpf-object.ts'
import { ABIS } from '../native/generated/layout.ts'
import * as layout from '../native/generated/trace-layout.ts'
import { isAmongAll, setLastTid } from './all-threads.ts'
import { InFlightCalls, type InFlightQuery, type MemoryReading } from './in-flight.ts'
import {
  type CommonSettings,
  checkLayout,
  type Hierarchy,
  hasV1,
  type Need,
  openObject,
  setV1Container,
} from './object.ts'
import { toBytes, toLong, toWord } from './settings.ts'

interface TracingOptions {
  readonly hierarchy: Hierarchy
  /** Bytes of the ring of each CPU; a power of two. */
  readonly ringBytes: number
  /** Most bytes of records kept while nobody takes them. */
  readonly queueBytes: number
  readonly arch: string
  /** Most bytes copied of a string that is not a path, and of each buffer of data. */
  readonly stringLimit: number
  readonly payloadLimit: number
  /** Of calls in flight: see kernel/in-flight.ts. */
  readonly readingMs?: number
  readonly trustsFiles?: boolean
}

/** A job's own conditions (`struct swoll_filter`). */
export interface Filter {
  readonly minNs?: number
  /** One of so many, at random. */
  readonly sample?: number
  readonly uid?: number
  /** Positive errnos, alternatives; `any`: any but success. */
  readonly errors?: readonly number[] | 'any'
  readonly comm?: string
}

/** In this order: what ends a call is there before what begins one. */
const PAIR = ['trace_exit', 'trace_enter'] as const
const RARE = ['trace_thread_exit', 'trace_exec', 'trace_fork'] as const
const CGROUPS = ['cgroup_rmdir', 'cgroup_mkdir_name'] as const

/** The methods of a Tracing, so that a test can stand in for it. */
export type TracingView = Pick<Tracing, keyof Tracing>

export class Tracing {
  readonly cpus = possibleCpus()
  readonly ringBytes: number
  readonly #object: BpfObject
  readonly #options: TracingOptions
  /** Whether threads of other pid namespaces are marked by a program of its own. */
  readonly #marksAll: boolean
  #inFlight: InFlightCalls | undefined
  #activeJobs = 0n
  #filteredJobs = 0n

  /** Loads the programs. Throws NativeError NATIVE_BPF_LOAD_FAILED, under lockdown=confidentiality always. */
  constructor(options: TracingOptions) {
    this.ringBytes = options.ringBytes
    this.#options = options
    const { cpus } = this
    const cgroups = hasV1(options.hierarchy) ? [...CGROUPS, 'cgroup_rename'] : CGROUPS
    const { object, marksAll } = load({ ...options, cpus }, cgroups)
    this.#object = object
    this.#marksAll = marksAll
    try {
      checkLayout(object, 'copies_by_call', layout.copiesLayout.size)
      checkLayout(object, 'filter_by_job', layout.filterLayout.size)
      checkLayout(object, 'target_by_cgroup', layout.targetLayout.size)
      if (marksAll) setLastTid(object)
      object.setVariable('string_limit', toWord(options.stringLimit))
      object.setVariable('payload_limit', toWord(options.payloadLimit))
      object.startRings('ring_by_cpu', cpus, options.ringBytes, options.queueBytes)
      for (const program of cgroups) object.attach(program)
    } catch (error) {
      object.close()
      throw error
    }
  }

  /**
   * Returns the work that takes capabilities later if no job is there yet: none on Linux 5.19 and later. Ask before the first job:
   * tried with a program that is not attached.
   */
  laterNeeds(): readonly Need[] {
    if (this.#object.isReadableByAll('lost_by_job', 'trace_exit')) return []
    return [{ capabilities: ['CAP_BPF'], why: 'this kernel shows BPF maps to nobody else' }]
  }

  /** Attaches the programs: from now on calls that a job wants are sent. */
  attach(): void {
    for (const program of [...RARE, ...PAIR]) this.#object.attach(program)
  }

  /** Detaches them: no system call costs anything any more. */
  detach(): void {
    for (const program of [...PAIR.toReversed(), ...RARE]) this.#object.detach(program)
  }

  /** Sets the orders to copy memory for each call of the ABI that the kernel side numbers `abi`: a `struct swoll_copies` per number. */
  setCopies(abi: number, copies: Uint8Array): void {
    const numbers = Uint32Array.from({ length: layout.CALL_NUMBERS }, (_, i) => abi * layout.CALL_NUMBERS + i)
    this.#object.updateKeys('copies_by_call', toBytes(numbers), copies)
  }

  /** Which jobs want each call, by ABI and number: ABIS × CALL_NUMBERS words. Only what differs from `before` is written. */
  setJobsByCall(jobs: BigUint64Array, before: BigUint64Array): void {
    const changed: number[] = []
    for (let index = 0; index < ABIS * layout.CALL_NUMBERS; index++)
      if (jobs[index] !== before[index]) changed.push(index)
    if (changed.length === 0) return
    const values = BigUint64Array.from(changed, index => jobs[index]!)
    this.#object.updateKeys('jobs_by_call', toBytes(Uint32Array.from(changed)), toBytes(values))
  }

  /** Beside v2: whether a v1 cgroup is a container's, and its calls are known by it. */
  setV1Container(cgroup: bigint, isContainer: boolean): void {
    setV1Container(this.#object, cgroup, isContainer)
  }

  setTarget(cgroup: bigint, jobs: bigint, owner: number): void {
    const value = new Uint8Array(layout.targetLayout.size)
    const view = new DataView(value.buffer)
    view.setBigUint64(layout.targetLayout.jobs, jobs, true)
    view.setUint32(layout.targetLayout.owner, owner, true)
    this.#object.updateKeys('target_by_cgroup', toLong(cgroup), value)
  }

  deleteTarget(cgroup: bigint): void {
    this.#object.deleteKey('target_by_cgroup', toLong(cgroup))
  }

  setFilter(job: number, filter: Filter): void {
    const at = layout.filterLayout
    const value = new Uint8Array(at.size)
    const view = new DataView(value.buffer)
    view.setBigUint64(at.minNs, BigInt(filter.minNs ?? 0), true)
    view.setUint32(at.sample, filter.sample ?? 0, true)
    view.setUint32(at.uid, filter.uid ?? layout.ANY_UID, true)
    for (const [i, word] of toErrorBits(filter.errors ?? []).entries())
      view.setBigUint64(at.errors + 8 * i, word, true)
    value.set(new TextEncoder().encode(filter.comm ?? '').subarray(0, 15), at.comm)
    this.#object.updateKeys('filter_by_job', toWord(job), value)
  }

  /** A set of jobs: `active_jobs`, `default_jobs`, `filtered_jobs` or `following_jobs`. */
  setJobs(which: 'active_jobs' | 'default_jobs' | 'filtered_jobs' | 'following_jobs', jobs: bigint): void {
    this.#object.setVariable(which, toLong(jobs))
    if (which === 'active_jobs') this.#activeJobs = jobs
    if (which === 'filtered_jobs') this.#filteredJobs = jobs
  }

  /**
   * Sends the calls that threads are in now to the jobs of the query, as records of calls with OUTCOME_IN_FLIGHT. The programs for it are loaded when this
   * is called first. Throws NATIVE_BPF_LOAD_FAILED, NATIVE_BPF_ATTACH_FAILED.
   */
  showInFlight(query: InFlightQuery): void {
    this.#inFlight ??= new InFlightCalls(this.#object, { ...this.#options, cpus: this.cpus })
    this.#inFlight.show({ ...query, active: this.#activeJobs, filtered: this.#filteredJobs })
  }

  /** How what calls in flight were given was read. Undefined: nobody has asked for them yet. */
  get readingOfOthers(): MemoryReading | undefined {
    return this.#inFlight?.reading
  }

  /** Sets an owner's own share of each ring, whoever floods it, and the events per second of an owner, 0 for any number. */
  setLimits(shareBytes: number, eventsPerSecond: number): void {
    this.#object.setVariable('share_bytes', toLong(BigInt(shareBytes)))
    this.#object.setVariable('rate_limit', toLong(BigInt(eventsPerSecond)))
  }

  /**
   * Has the jobs follow the threads of a process, or one thread, by its id in this process's own pid namespace, and their children; 0 and no
   * jobs: just looks. In either case calls that are in flight now will not be taken for denied ones.
   */
  markThreads(jobs = 0n, pid = 0): void {
    this.#object.setVariable('mark_jobs', toLong(jobs))
    this.#object.setVariable('mark_pid', toWord(pid))
    this.#object.runIterator('mark_threads')
    if (this.#marksAll) this.#object.runIterator('mark_all_threads')
  }

  /** Records submitted before the call, whole, oldest first per CPU. Valid until the next call. */
  takeRecords(): Uint32Array {
    return this.#object.takeRecords()
  }

  /** `struct swoll_trace_lost_key` and a 64-bit count, entry after entry: cumulative. */
  readLost(): ArrayBuffer {
    return this.#object.readHash('lost_by_job')
  }

  /** Events lost, by reason (TRACE_REASONS): cumulative. */
  readLostTotals(): BigUint64Array {
    return new BigUint64Array(this.#object.readVariable('lost_events', layout.TRACE_REASONS.length * 8))
  }

  ringInfo(): RingInfo {
    return this.#object.ringInfo()
  }

  programInfos(): readonly (readonly [string, ProgramInfo])[] {
    const infos = [...RARE, ...PAIR].map(program => [program, this.#object.programInfo(program)] as const)
    return [...infos, ...(this.#inFlight?.programInfos() ?? [])]
  }

  close(): void {
    this.#inFlight?.close()
    this.#object.close()
  }
}

const LAST_ERROR = layout.ERROR_WORDS * 64 - 1

function toErrorBits(errors: readonly number[] | 'any'): BigUint64Array {
  const bits = new BigUint64Array(layout.ERROR_WORDS)
  if (errors === 'any')
    return bits.fill(0xffff_ffff_ffff_ffffn).map((word, i) => (i === 0 ? word - 1n : word))
  for (const error of errors.map(each => Math.min(each, LAST_ERROR)))
    bits[error >> 6] = bits[error >> 6]! | (1n << BigInt(error & 63))
  return bits
}

/** Loads the object with what the kernel lets it have: finding threads of other pid namespaces, where this process is not among all. */
function load(
  common: CommonSettings,
  cgroups: readonly string[],
): { readonly object: BpfObject; readonly marksAll: boolean } {
  let refusal: unknown
  for (const marksAll of isAmongAll() ? [false] : [true, false]) {
    const object = openObject('trace', common)
    try {
      object.setAutoload('cgroup_mkdir_id', false)
      object.setAutoload('cgroup_rename', cgroups !== CGROUPS)
      object.setAutoload('mark_all_threads', marksAll)
      object.load()
      return { object, marksAll }
    } catch (error) {
      object.close()
      refusal = error
    }
  }
  throw refusal
}
