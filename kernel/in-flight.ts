/** The program that shows which calls threads are in at this moment. It shares the maps of the tracing programs, and is run when somebody asks. */
import type { BpfObject } from '../native/bpf-object.ts'
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
}

/** All but what this program alone needs. */
const SHARED = [
  ...['jobs_by_call', 'copies_by_call', 'target_by_cgroup', 'filter_by_job', 'thread_by_task', 'ring_by_cpu'],
  ...['share_by_owner', 'rate_by_owner', 'lost_by_job', 'v1_containers', 'memory_by_task'],
]

export class InFlightCalls {
  readonly #object: BpfObject
  /** Whether what the calls were given can be read from memory: not before Linux 6.2. */
  readonly readsMemory: boolean

  /** Loads the program; the one that cannot wait for memory where the kernel has no other. Throws NATIVE_BPF_LOAD_FAILED. */
  constructor(tracing: BpfObject, settings: InFlightSettings) {
    let object: BpfObject
    try {
      object = open(tracing, settings, true)
      this.readsMemory = true
    } catch (error) {
      try {
        object = open(tracing, settings, false)
      } catch {
        throw error
      }
      this.readsMemory = false
    }
    this.#object = object
  }

  show({
    jobs,
    minNs = 0,
    isMarking = false,
    active,
    filtered,
  }: InFlightQuery & { readonly active: bigint; readonly filtered: bigint }): void {
    this.#object.setVariable('shown_jobs', toLong(jobs))
    this.#object.setVariable('shown_min_ns', toLong(BigInt(Math.round(minNs))))
    this.#object.setVariable('is_marking', toWord(isMarking ? 1 : 0))
    this.#object.setVariable('active_jobs', toLong(active))
    this.#object.setVariable('filtered_jobs', toLong(filtered))
    this.#object.runIterator(this.readsMemory ? 'show_calls' : 'show_numbers')
  }

  close(): void {
    this.#object.close()
  }
}

function open(tracing: BpfObject, settings: InFlightSettings, readsMemory: boolean): BpfObject {
  const object = openObject('in_flight', settings)
  try {
    for (const map of SHARED) object.shareMap(map, tracing)
    object.setAutoload('show_calls', readsMemory)
    object.setAutoload('show_numbers', !readsMemory)
    object.load()
    object.setVariable('string_limit', toWord(settings.stringLimit))
    object.setVariable('payload_limit', toWord(settings.payloadLimit))
    object.setVariable('has_v1_containers', toWord(1))
    return object
  } catch (error) {
    object.close()
    throw error
  }
}
