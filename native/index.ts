/**
 * The kernel, as bytes: BPF objects, their maps, rings and programs. The only importer of the addon. Arguments are checked
 * and errors worded here; the C++ behind trusts them.
 */
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { type ErrorCode, SwollError } from '../pipeline/errors.ts'
import { setLayout } from './generated/layout.ts'
import { programFile } from './program-files.ts'

/** What the kernel says about a loaded program. Misses are runs the kernel skipped because the program was running on that CPU. */
export interface ProgramInfo {
  readonly id: number
  /** Runs and ns spent, counted only while statistics are on (see enableStats). */
  readonly runCount: bigint
  readonly runTimeNs: bigint
  readonly recursionMisses: bigint
  readonly verifiedInstructions: number
  readonly translatedBytes: number
  readonly jitedBytes: number
}

interface MapInfo {
  readonly keySize: number
  readonly valueSize: number
  readonly maxEntries: number
}

export interface RingInfo {
  /** Bytes drained from the rings and not yet taken. */
  readonly queuedBytes: number
  /** How often the drain found the queue full and left records in their rings. */
  readonly stalls: bigint
}

interface Binding {
  readonly BpfObject: new (path: string) => BindingObject
  copyTable(live: ArrayBuffer, copy: ArrayBuffer, sets: number): void
  possibleCpus(): number
  enableStats(): number
  closeFd(fd: number): void
  cgroupPath(root: string, id: bigint): string | undefined
  dropCapabilities(keep: bigint): void
  unblockSignal(signal: number): void
  sendDatagram(path: string, text: string): void
  releaseProgramMemory(): number
  reap(pid: number): number | undefined
  dieOf(signal: number): void
}

interface BindingObject {
  setMaxEntries(map: string, entries: number): void
  setAutoload(program: string, on: boolean): void
  setVariable(name: string, value: Uint8Array): void
  load(): void
  attach(program: string): void
  detach(program: string): void
  runIterator(program: string): void
  mapMemory(map: string): ArrayBuffer
  mapInfo(map: string): MapInfo
  readHash(map: string): ArrayBuffer
  deleteKey(map: string, key: Uint8Array): void
  updateKeys(map: string, keys: Uint8Array, values: Uint8Array): void
  readVariable(name: string, size: number): ArrayBuffer
  programInfo(program: string): ProgramInfo
  isReadableByAll(map: string, program: string): boolean
  isAttachableByAll(program: string): boolean
  startRings(outerMap: string, rings: number, bytes: number, queueBytes: number): void
  takeRecords(): Uint32Array
  ringInfo(): RingInfo
  close(): void
}

/** A refused kernel request: which call, which object, the errno, and for a refused program the end of the verifier's log. */
export class NativeError extends SwollError {
  readonly call: string
  readonly errno: number
  readonly log: string | undefined
  constructor(code: ErrorCode, message: string, cause: BindingError) {
    super(code, message, { cause })
    this.name = 'NativeError'
    this.call = cause.call ?? ''
    this.errno = cause.errno ?? 0
    this.log = cause.log
  }
}

interface BindingError extends Error {
  readonly call?: string
  readonly errno?: number
  readonly log?: string
}

let loaded: Binding | undefined

/** The addon, loaded once. Throws NATIVE_ADDON_MISSING where it was not built or its libraries are missing. */
function binding(): Binding {
  if (loaded) return loaded
  const path = programFile('native/build/swoll.node')
  try {
    loaded = createRequire(import.meta.url)(path) as Binding
    return loaded
  } catch (error) {
    const problem = `${path}: ${(error as Error).message.split('\n')[0]}`
    throw new SwollError(
      'NATIVE_ADDON_MISSING',
      `native addon: must be built for this machine, and is not (${problem}); run "npm run native"`,
    )
  }
}

/** Runs a request about `what`: a file, or a map, program or variable by its name. */
function wrap<T>(code: ErrorCode, what: string, run: () => T): T {
  mustBe(typeof what === 'string', 'native name: must be a string', what)
  try {
    return run()
  } catch (error) {
    if (error instanceof SwollError) throw error
    throw new NativeError(code, `${what}: ${(error as Error).message}`, error as BindingError)
  }
}

/** The addon trusts its arguments: some wrong ones would end the process. */
function mustBe(isRight: boolean, rule: string, value: unknown): void {
  if (!isRight) throw new TypeError(`${rule}, got ${value} (${typeof value})`)
}

function mustBeCount(what: string, value: number): void {
  mustBe(
    Number.isInteger(value) && value > 0 && value <= 0xffff_ffff,
    `${what}: must be 1 to 2^32 - 1`,
    value,
  )
}

function mustBeBytes(what: string, value: Uint8Array): void {
  mustBe(value instanceof Uint8Array, `${what}: must be a Uint8Array`, value)
}

/** Number of possible CPUs: one more than the highest CPU id the kernel will ever use. */
export function possibleCpus(): number {
  return binding().possibleCpus()
}

/** Turns on the kernel's run-time statistics of all BPF programs until the returned function is called (two clock reads a run). */
export function enableStats(): () => void {
  const fd = wrap('NATIVE_BPF_ATTACH_FAILED', 'BPF statistics', () => binding().enableStats())
  let isOpen = true
  return () => {
    if (isOpen) binding().closeFd(fd)
    isOpen = false
  }
}

/**
 * Every thread of the process gives up all capabilities that have no bit in `keep`, for good: no_new_privs is set too. The
 * bounding set shrinks as well where CAP_SETPCAP was held. Throws NATIVE_CAPABILITIES_FAILED when a thread may have kept some.
 */
export function dropCapabilities(keep = 0n): void {
  mustBe(typeof keep === 'bigint' && keep >= 0n && keep < 1n << 64n, 'capabilities: must be a mask', keep)
  wrap('NATIVE_CAPABILITIES_FAILED', 'capabilities', () => binding().dropCapabilities(keep))
}

/** Lets the main thread take this signal; Node with `--disable-sigusr1` blocks SIGUSR1. Have a listener first, or it ends the process. */
export function unblockSignal(signal: NodeJS.Signals): void {
  binding().unblockSignal(constants.signals[signal])
}

/** Sends one datagram to a Unix socket, as systemd takes them; `@` begins an abstract name. Does not wait. Throws what the kernel says. */
export function sendDatagram(path: string, text: string): void {
  binding().sendDatagram(path, text)
}

/**
 * Takes the code and constants of Node, this addon and their libraries out of this process's memory; what runs again comes back by
 * page faults, mostly from the page cache. Worth it once, when the start, which runs more code than all that follows, is over. Nothing
 * happens where nobody has needed the addon so far.
 */
export function releaseProgramMemory(): void {
  loaded?.releaseProgramMemory()
}

/**
 * Path below `root`, the mount point of its hierarchy, of the live cgroup with this id, such as `/kubepods/pod1`, with a
 * character per byte. Undefined when it is gone, or CAP_DAC_READ_SEARCH is missing. One look-up in the kernel.
 */
export function cgroupPath(root: string, id: bigint): string | undefined {
  return binding().cgroupPath(root, id)
}

/** How a child that Node did not start has ended, as wait(2) has it: status << 8 | signal; undefined while it runs, 0 where there is none. */
export function reap(pid: number): number | undefined {
  mustBeCount('pid', pid)
  return binding().reap(pid)
}

/** Ends this process by the signal, without a core file. Returns only where the kernel does not let it: in the first process of a namespace. */
export function dieOf(signal: number): void {
  mustBe(Number.isInteger(signal) && signal > 0 && signal <= 64, 'signal: must be 1 to 64', signal)
  binding().dieOf(signal)
}

/**
 * Copies a table of `struct swoll_set` (see bpf/accounting.h) that the kernel is writing. In the copy each way is what it was
 * at one moment; a way caught while it changed owner has an odd `seq`. Both buffers hold at least `sets` sets.
 */
export function copyTable(live: ArrayBuffer, copy: ArrayBuffer, sets: number): void {
  mustBeCount('copyTable sets', sets)
  for (const [name, buffer] of Object.entries({ live, copy })) {
    const isLarge = buffer instanceof ArrayBuffer && buffer.byteLength >= sets * setLayout.size
    mustBe(isLarge, `copyTable ${name}: must be an ArrayBuffer of ${sets} sets`, buffer?.byteLength)
  }
  binding().copyTable(live, copy, sets)
}

/** One BPF object. Opened, configured, loaded, closed; names are those in the object. Closing detaches and frees everything. */
export class BpfObject {
  readonly #path: string
  #object: BindingObject | undefined

  /** Opens the file. Throws NATIVE_BPF_OPEN_FAILED. */
  constructor(path: string) {
    this.#path = path
    this.#object = wrap('NATIVE_BPF_OPEN_FAILED', path, () => new (binding().BpfObject)(path))
  }

  get #open(): BindingObject {
    if (!this.#object) throw new SwollError('NATIVE_CLOSED', `${this.#path}: must be open, and is closed`)
    return this.#object
  }

  /** Before load. `entries` is a positive 32-bit integer. */
  setMaxEntries(map: string, entries: number): void {
    mustBeCount(`${map} entries`, entries)
    wrap('NATIVE_BPF_MAP_FAILED', map, () => this.#open.setMaxEntries(map, entries))
  }

  /** Before load: whether the program is loaded at all. */
  setAutoload(program: string, on: boolean): void {
    mustBe(typeof on === 'boolean', `${program} autoload: must be a boolean`, on)
    wrap('NATIVE_BPF_LOAD_FAILED', program, () => this.#open.setAutoload(program, on))
  }

  /** Sets a global variable: a const one before load, any other after. `value` has exactly its size, little-endian. */
  setVariable(name: string, value: Uint8Array): void {
    mustBeBytes(name, value)
    wrap('NATIVE_BPF_MAP_FAILED', name, () => this.#open.setVariable(name, value))
  }

  /** Creates the maps and has the kernel verify the programs, once. Throws NATIVE_BPF_LOAD_FAILED with the verifier's log. */
  load(): void {
    wrap('NATIVE_BPF_LOAD_FAILED', this.#path, () => this.#open.load())
  }

  /** After load; nothing if already attached. Throws NATIVE_BPF_ATTACH_FAILED. */
  attach(program: string): void {
    wrap('NATIVE_BPF_ATTACH_FAILED', program, () => this.#open.attach(program))
  }

  detach(program: string): void {
    wrap('NATIVE_BPF_ATTACH_FAILED', program, () => this.#open.detach(program))
  }

  /** Runs an iterator program over all it iterates, once. */
  runIterator(program: string): void {
    wrap('NATIVE_BPF_ATTACH_FAILED', program, () => this.#open.runIterator(program))
  }

  /** Live, read-only memory of an mmapable array map (writing faults). Values are padded to 8 bytes, the whole to a page. */
  mapMemory(map: string): ArrayBuffer {
    return wrap('NATIVE_BPF_MAP_FAILED', map, () => this.#open.mapMemory(map))
  }

  mapInfo(map: string): MapInfo {
    return wrap('NATIVE_BPF_MAP_FAILED', map, () => this.#open.mapInfo(map))
  }

  /** A hash map's entries: key, value, key, value. Entries that come or go meanwhile may be missed or doubled. */
  readHash(map: string): ArrayBuffer {
    return wrap('NATIVE_BPF_MAP_FAILED', map, () => this.#open.readHash(map))
  }

  /** Deletes a key of a hash map; an absent one is fine. `key` has exactly its size. */
  deleteKey(map: string, key: Uint8Array): void {
    mustBeBytes(`${map} key`, key)
    wrap('NATIVE_BPF_MAP_FAILED', map, () => this.#open.deleteKey(map, key))
  }

  /**
   * Adds or replaces entries of a map that is not per CPU, in order, with one system call. `keys` and `values` hold one or more, each
   * of exactly its size, one after the other.
   */
  updateKeys(map: string, keys: Uint8Array, values: Uint8Array): void {
    mustBeBytes(`${map} keys`, keys)
    mustBeBytes(`${map} values`, values)
    wrap('NATIVE_BPF_MAP_FAILED', map, () => this.#open.updateKeys(map, keys, values))
  }

  /** A global variable as it is now, after load. `size` is exactly its size. */
  readVariable(name: string, size: number): ArrayBuffer {
    mustBeCount(`${name} size`, size)
    return wrap('NATIVE_BPF_MAP_FAILED', name, () => this.#open.readVariable(name, size))
  }

  programInfo(program: string): ProgramInfo {
    return wrap('NATIVE_BPF_MAP_FAILED', program, () => this.#open.programInfo(program))
  }

  /**
   * Whether this hash map and program can also be read without any capability. Linux 5.19 and later let the holder of a file
   * descriptor do so, others only with `kernel.unprivileged_bpf_disabled=0`. Found out by trying, on a thread of its own.
   */
  isReadableByAll(map: string, program: string): boolean {
    mustBe(typeof program === 'string', 'native name: must be a string', program)
    return wrap('NATIVE_BPF_MAP_FAILED', map, () => this.#open.isReadableByAll(map, program))
  }

  /** Whether a program that is loaded, and not attached now, can be attached without any capability: as above. */
  isAttachableByAll(program: string): boolean {
    return wrap('NATIVE_BPF_ATTACH_FAILED', program, () => this.#open.isAttachableByAll(program))
  }

  /**
   * Makes one ring buffer of `bytes` (a power of two, at least a page) per entry of the outer map, and drains them on a
   * thread of their own into a queue of about `queueBytes`: it takes no more once they are exceeded. After load, once.
   */
  startRings(outerMap: string, rings: number, bytes: number, queueBytes: number): void {
    mustBeCount(`${outerMap} rings`, rings)
    mustBeCount(`${outerMap} bytes`, bytes)
    mustBe(queueBytes > 0, `${outerMap} queueBytes: must be above 0`, queueBytes)
    wrap('NATIVE_BPF_MAP_FAILED', outerMap, () => this.#open.startRings(outerMap, rings, bytes, queueBytes))
  }

  /**
   * Everything submitted before the call, oldest first per ring: whole records, one behind the other. The memory is used again
   * by the next call.
   */
  takeRecords(): Uint32Array {
    return this.#open.takeRecords()
  }

  ringInfo(): RingInfo {
    return this.#open.ringInfo()
  }

  /** Idempotent. */
  close(): void {
    this.#object?.close()
    this.#object = undefined
  }
}
