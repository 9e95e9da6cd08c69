/** The program that shows which calls threads are in at this moment. It shares the maps of the tracing programs, and is run when somebody asks. */
import type { ProgramInfo } from '../native/addon.ts'
import type { BpfObject } from '../native/bpf-object.ts'
import { SwollError } from '../pipeline/errors.ts'
import { isAmongAll, setLastTid } from './all-threads.ts'
import { type CommonSettings, openObject } from './object.ts'
import { toLong, toWord } from './settings.ts'

export interface InFlightQuery {
  /** Whom to show the calls: bits of jobs. */
  readonly jobs: bigint
  /** How long they must have taken so far. */
  readonly minNs?: number
  /** Whether the jobs are told of the ends of these calls, too. */
  readonly isMarking?: boolean
}

interface InFlightSettings extends CommonSettings {
  readonly stringLimit: number
  readonly payloadLimit: number
  /** How long reading memory may take; absent: two seconds. */
  readonly readingMs?: number | undefined
  /** Whether memory is read that files of servers are mapped to, which may never answer; absent: no. */
  readonly trustsFiles?: boolean | undefined
}

/** All but what this program alone needs. */
const SHARED = [
  ...['jobs_by_call', 'copies_by_call', 'target_by_cgroup', 'filter_by_job', 'thread_by_task', 'ring_by_cpu'],
  ...['share_by_owner', 'rate_by_owner', 'lost_by_job', 'v1_containers', 'memory_by_task'],
]

/** How the last look read what calls were given. */
export interface MemoryReading {
  /** Whether this kernel lets the memory of others be read: not before Linux 6.2. */
  readonly isPossible: boolean
  /** A reading did not end, and none has been tried since. */
  readonly hasHung: boolean
  /** Threads of which something was not read, as it might have had to be waited for without end. */
  readonly withheld: number
}

/** Memory that has to come from a disk may take a while; what is asked of servers is not read at all. */
const READING_MS = 2000

export class InFlightCalls {
  readonly #tracing: BpfObject
  readonly #settings: InFlightSettings
  #object: BpfObject
  #program: Program
  /** Its program still reads, maybe for ever: it has its variables for itself. */
  #hung: BpfObject | undefined
  #looks = 0

  /**
   * Loads the program; the one that cannot wait for memory where the kernel has no other. Throws NATIVE_BPF_LOAD_FAILED, and HOST_UNSUPPORTED where
   * that one would see this process's own pid namespace alone.
   */
  constructor(tracing: BpfObject, settings: InFlightSettings) {
    this.#tracing = tracing
    this.#settings = settings
    this.#program = isAmongAll() ? 'show_calls' : 'show_all_calls'
    try {
      this.#object = open(tracing, settings, this.#program)
    } catch (error) {
      if (this.#program !== 'show_calls') throw cannotSeeOthers(error)
      this.#program = 'show_numbers'
      try {
        this.#object = open(tracing, settings, this.#program)
      } catch {
        throw error
      }
    }
  }

  get reading(): MemoryReading {
    const withheld = new BigUint64Array(this.#object.readVariable('withheld_threads', 8))
    return {
      isPossible: new Uint32Array(this.#object.readVariable('can_read', 4))[0] === 1,
      hasHung: this.#hung !== undefined,
      withheld: Number(withheld[0]),
    }
  }

  /** Takes no longer than READING_MS, whatever it has to wait for: who had been shown by then is not shown again with numbers alone. */
  show(query: InFlightRun): void {
    this.#looks = (this.#looks + 1) >>> 0 || 1
    this.#tell(query)
    const mayWait = this.#program !== 'show_numbers' && !this.#hung
    if (!mayWait) this.#object.runIterator(this.#program)
    else if (!this.#object.runIteratorWithin(this.#program, this.#settings.readingMs ?? READING_MS))
      this.#giveUp(query)
  }

  #giveUp(query: InFlightRun): void {
    this.#object.setVariable('shown_jobs', toLong(0n))
    this.#hung = this.#object
    this.#object = open(this.#tracing, this.#settings, this.#program)
    this.#object.setVariable('reads_memory', toWord(0))
    this.#tell(query)
    this.#object.runIterator(this.#program)
  }

  #tell({ jobs, minNs = 0, isMarking = false, active, filtered }: InFlightRun): void {
    this.#object.setVariable('shown_jobs', toLong(jobs))
    this.#object.setVariable('shown_min_ns', toLong(BigInt(Math.round(minNs))))
    this.#object.setVariable('is_marking', toWord(isMarking ? 1 : 0))
    this.#object.setVariable('shown_in', toWord(this.#looks))
    this.#object.setVariable('withheld_threads', toLong(0n))
    this.#object.setVariable('active_jobs', toLong(active))
    this.#object.setVariable('filtered_jobs', toLong(filtered))
  }

  /** The one program that is loaded, with what its verifying took. */
  programInfos(): readonly (readonly [string, ProgramInfo])[] {
    return [[this.#program, this.#object.programInfo(this.#program)]]
  }

  close(): void {
    this.#hung?.close()
    this.#object.close()
  }
}

type InFlightRun = InFlightQuery & { readonly active: bigint; readonly filtered: bigint }

/** An iterator shows the threads of a pid namespace, or one that takes longer those of all; the last is for kernels whose programs cannot wait. */
const PROGRAMS = ['show_calls', 'show_all_calls', 'show_numbers'] as const
type Program = (typeof PROGRAMS)[number]

function cannotSeeOthers(cause: unknown): SwollError {
  return new SwollError(
    'HOST_UNSUPPORTED',
    "calls in flight: must be looked for in the host's pid namespace on this kernel (Linux 6.2 needs it no more); set hostPID",
    { cause },
  )
}

function open(tracing: BpfObject, settings: InFlightSettings, chosen: Program): BpfObject {
  const object = openObject('in_flight', settings)
  try {
    for (const map of SHARED) object.shareMap(map, tracing)
    for (const program of PROGRAMS) object.setAutoload(program, program === chosen)
    object.load()
    object.setVariable('string_limit', toWord(settings.stringLimit))
    object.setVariable('payload_limit', toWord(settings.payloadLimit))
    object.setVariable('trusts_files', toWord(settings.trustsFiles ? 1 : 0))
    setLastTid(object)
    object.setVariable('has_v1_containers', toWord(1))
    return object
  } catch (error) {
    object.close()
    throw error
  }
}
