/** The accounting programs, loaded and attached: what they have counted, as bytes. */
import type { NativeError, ProgramInfo, RingInfo } from '../native/addon.ts'
import { type BpfObject, copyTable, possibleCpus } from '../native/bpf-object.ts'
import * as layout from '../native/generated/layout.ts'
import { isAmongAll, setLastTid } from './all-threads.ts'
import { checkLayout, type Hierarchy, hasV1, type Need, openObject, setV1Container } from './object.ts'
import { type LatencyMode, MODES, type Sizes, toBytes, toWord } from './settings.ts'

export interface AccountingOptions {
  readonly latency: LatencyMode
  readonly sizes: Sizes
  readonly hierarchy: Hierarchy
  /** Most bytes of ring records kept while nobody polls. */
  readonly queueBytes: number
  readonly arch: string
  /** Whether calls may be left out by rules. */
  readonly hasDropRules?: boolean
}

/** A map is full. */
const E2BIG = 7

/** Programs that are always attached, before the pair of syscall programs that relies on them. */
const RARE_PROGRAMS = ['cgroup_rmdir', 'sched_process_exit', 'sched_process_exec'] as const

/** Sizes and offsets on which both sides must agree; the object says its own. */
const MAPS: readonly [map: string, valueSize: number][] = [
  ['counters_by_set', layout.setLayout.size],
  ['spilled_by_nr', layout.spilledLayout.size],
  ['books_by_cpu', layout.booksLayout.size],
  ['dropped_by_rule', layout.droppedLayout.size],
  ['inflight_by_slot', layout.inflightLayout.size],
]

/** An Accounting as others see it, so that a test can stand in for it. */
export type AccountingView = Pick<Accounting, keyof Accounting>

export class Accounting {
  readonly cpus = possibleCpus()
  /** Whether births of cgroups carry their name; lockdown=confidentiality withholds it. */
  readonly hasCgroupNames: boolean
  /** Whether calls that began before the start are known of all pid namespaces: not in one of its own before Linux 6.2. */
  readonly seesAllThreads: boolean
  readonly latency: LatencyMode
  readonly ways: number
  readonly #object: BpfObject
  readonly #sets: number
  readonly #liveTable: ArrayBuffer
  readonly #copy: ArrayBuffer
  /** Live, one `struct swoll_inflight` per slot, as words. */
  readonly inflight: Uint32Array
  /** Live, one `struct swoll_books` per CPU. */
  readonly books: BigUint64Array
  /** Live, one `struct swoll_spilled` per CPU, ABI and number, as words. */
  readonly spilled: Uint32Array
  /** Live, one `struct swoll_dropped` per CPU and rule. */
  readonly dropped: BigUint64Array
  readonly #programs: readonly string[]

  /** Loads and attaches. Throws NativeError NATIVE_BPF_LOAD_FAILED or NATIVE_BPF_ATTACH_FAILED, with everything undone. */
  constructor(options: AccountingOptions) {
    this.latency = options.latency
    this.#sets = options.sizes.setsPerCpu * this.cpus
    this.ways = options.sizes.setsPerCpu * layout.WAYS
    const { object, hasNames, marksAll } = load(options, this.cpus)
    this.#object = object
    this.hasCgroupNames = hasNames
    this.seesAllThreads = marksAll || isAmongAll()
    try {
      for (const [map, size] of MAPS) checkLayout(object, map, size)
      this.#liveTable = object.mapMemory('counters_by_set')
      this.#copy = new ArrayBuffer(this.#sets * layout.setLayout.size)
      this.inflight = new Uint32Array(object.mapMemory('inflight_by_slot'))
      this.books = new BigUint64Array(object.mapMemory('books_by_cpu'))
      const dropped = object.mapMemory('dropped_by_rule')
      this.dropped = new BigUint64Array(
        dropped,
        0,
        (this.cpus * layout.RULES * layout.droppedLayout.size) / 8,
      )
      this.spilled = new Uint32Array(object.mapMemory('spilled_by_nr'))
      object.startRings('ring_by_cpu', this.cpus, options.sizes.ringBytes, options.queueBytes)
      this.#programs = this.#attach(hasNames && hasV1(options.hierarchy), marksAll)
    } catch (error) {
      object.close()
      throw error
    }
  }

  #attach(canRename: boolean, marksAll: boolean): readonly string[] {
    const births = this.hasCgroupNames ? 'cgroup_mkdir_name' : 'cgroup_mkdir_id'
    const pair = this.latency === 'exact' ? ['sys_exit', 'sys_enter'] : ['sys_exit']
    // sys_exit first: a call whose enter is seen must be seen to end. The iterator then marks the older ones.
    const renames = canRename ? ['cgroup_rename'] : []
    for (const program of [births, ...renames, ...RARE_PROGRAMS, ...pair]) this.#object.attach(program)
    if (this.latency === 'exact') this.#markOldCalls(marksAll)
    this.#object.setVariable('is_settled', toWord(1))
    return [births, ...renames, ...RARE_PROGRAMS, 'sys_enter', 'sys_exit']
  }

  #markOldCalls(ofAll: boolean): void {
    this.#object.runIterator('mark_old_calls')
    if (!ofAll) return
    setLastTid(this.#object)
    this.#object.runIterator('mark_all_old_calls')
  }

  /** Returns the capabilities needed from now on: none on Linux 5.19 and later, unless it withholds the names of new cgroups. */
  laterNeeds(): readonly Need[] {
    const needs: Need[] = []
    if (!this.#object.isReadableByAll('inflight_by_tid', 'sys_exit'))
      needs.push({ capabilities: ['CAP_BPF'], why: 'this kernel shows BPF maps to nobody else' })
    if (this.latency === 'sampled' && !this.#object.isAttachableByAll('sys_enter')) {
      const why = 'latency sampled attaches a program again and again'
      needs.push({ capabilities: ['CAP_BPF', 'CAP_PERFMON'], why })
    }
    if (!this.hasCgroupNames) {
      const why = 'this kernel withholds the names of new cgroups, and they are looked up by id'
      needs.push({ capabilities: ['CAP_DAC_READ_SEARCH'], why })
    }
    return needs
  }

  /** Times calls from now on, or does not (latency `sampled`). Counting goes on either way. */
  setTiming(on: boolean): void {
    if (on) this.#object.attach('sys_enter')
    else this.#object.detach('sys_enter')
  }

  /** Sets, beside v2, whether a v1 cgroup is a container's, so that its calls are counted for it. */
  setV1Container(cgroup: bigint, isContainer: boolean): void {
    setV1Container(this.#object, cgroup, isContainer)
  }

  /** Sets which rules name each call, by ABI and number: ABIS × SPILLED_NUMBERS words. */
  setDropRules(byCall: Uint32Array): void {
    const numbers = Uint32Array.from(byCall.keys())
    this.#object.updateKeys('drop_rules_by_call', toBytes(numbers), toBytes(byCall))
  }

  /** Sets which rules are for a cgroup; 0: none. Where the map is full the cgroup goes on being counted, and is left out later. */
  setDropRulesOf(cgroup: bigint, rules: number): void {
    const key = toBytes(BigUint64Array.of(cgroup))
    if (rules === 0) {
      this.#object.deleteKey('drop_rules_by_cgroup', key)
      return
    }
    try {
      this.#object.updateKeys('drop_rules_by_cgroup', key, toWord(rules))
    } catch (error) {
      if ((error as NativeError).errno !== E2BIG) throw error
    }
  }

  /** Returns the ring records submitted before the call, whole, oldest first per CPU. Valid until the next call. */
  takeRecords(): Uint32Array {
    return this.#object.takeRecords()
  }

  /** Returns the counter tables of all CPUs as they are now; the same memory each time. */
  readTable(): Uint32Array {
    copyTable(this.#liveTable, this.#copy, this.#sets)
    return new Uint32Array(this.#copy)
  }

  /** Returns the calls in flight of threads without a slot: `struct swoll_inflight` after each 4-byte key. */
  readCollisions(): ArrayBuffer {
    return this.#object.readHash('inflight_by_tid')
  }

  /** The clock by which the kernel says when calls began. */
  monotonicNs(): number {
    return Number(process.hrtime.bigint())
  }

  /** Returns the losses by cgroup: `struct swoll_lost_key` and a u64, alternating. */
  readLosses(): BigUint64Array {
    return new BigUint64Array(this.#object.readHash('lost_by_cgroup'))
  }

  programInfo(): ReadonlyMap<string, ProgramInfo> {
    return new Map(this.#programs.map(name => [name, this.#object.programInfo(name)]))
  }

  ringInfo(): RingInfo {
    return this.#object.ringInfo()
  }

  /** Detaches and frees everything. Idempotent. */
  close(): void {
    this.#object.close()
  }
}

/** Programs that a kernel may refuse. */
interface Abilities {
  /** New cgroups tell their names. */
  readonly hasNames: boolean
  /** Threads of other pid namespaces are found. */
  readonly marksAll: boolean
}

/** Loads the object with all that the kernel lets it have. */
function load(options: AccountingOptions, cpus: number): Abilities & { readonly object: BpfObject } {
  let refusal: unknown
  for (const marksAll of isAmongAll() ? [false] : [true, false])
    for (const hasNames of [true, false]) {
      const object = configure(options, cpus, { hasNames, marksAll })
      try {
        object.load()
        return { object, hasNames, marksAll }
      } catch (error) {
        object.close()
        refusal = error
      }
    }
  throw refusal
}

function configure(options: AccountingOptions, cpus: number, { hasNames, marksAll }: Abilities): BpfObject {
  const { sizes, hierarchy } = options
  const object = openObject('accounting', { hierarchy, cpus, ringBytes: sizes.ringBytes, arch: options.arch })
  object.setAutoload('mark_all_old_calls', marksAll)
  object.setAutoload('cgroup_mkdir_name', hasNames)
  object.setAutoload('cgroup_mkdir_id', !hasNames)
  object.setAutoload('cgroup_rename', hasNames && hasV1(hierarchy))
  object.setMaxEntries('counters_by_set', cpus * sizes.setsPerCpu)
  object.setMaxEntries('spilled_by_nr', cpus * layout.ABIS * layout.SPILLED_NUMBERS)
  object.setMaxEntries('books_by_cpu', cpus)
  object.setMaxEntries('dropped_by_rule', cpus * layout.RULES)
  object.setMaxEntries('inflight_by_slot', sizes.inflightSlots)
  object.setVariable('latency_mode', toWord(MODES[options.latency]))
  object.setVariable('has_drop_rules', toWord(options.hasDropRules ? 1 : 0))
  object.setVariable('set_bits', toWord(Math.log2(sizes.setsPerCpu)))
  object.setVariable('inflight_mask', toWord(sizes.inflightSlots - 1))
  return object
}
