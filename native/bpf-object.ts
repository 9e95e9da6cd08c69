/** BPF objects: their maps, rings and programs, as bytes. */
import { SwollError } from '../pipeline/errors.ts'
import {
  type BindingObject,
  binding,
  type MapInfo,
  mustBe,
  mustBeBytes,
  mustBeCount,
  type ProgramInfo,
  type RingInfo,
  wrap,
} from './addon.ts'
import { setLayout } from './generated/layout.ts'

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

  /** Before load: has the map be that of an object that is loaded. */
  shareMap(map: string, other: BpfObject): void {
    mustBe(other instanceof BpfObject, `${map} owner: must be a BpfObject`, other)
    wrap('NATIVE_BPF_MAP_FAILED', map, () => this.#open.shareMap(map, other.#open))
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

  /** The same, and whether it has ended within so long: one that waits for memory goes on by itself, and ends when it is given it. */
  runIteratorWithin(program: string, limitMs: number): boolean {
    mustBeCount(`${program} limitMs`, limitMs)
    return wrap('NATIVE_BPF_ATTACH_FAILED', program, () => this.#open.runIteratorWithin(program, limitMs))
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
