/** The addon, and how its answers are worded: the only importer of the `.node` file. The C++ behind trusts its arguments. */
import { createRequire } from 'node:module'
import { type ErrorCode, SwollError } from '../pipeline/errors.ts'
import { programFile } from './program-files.ts'

/** The kernel's facts about a loaded program. Misses are runs the kernel skipped because the program was running on that CPU. */
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

export interface MapInfo {
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

export interface BindingObject {
  setMaxEntries(map: string, entries: number): void
  setAutoload(program: string, on: boolean): void
  setVariable(name: string, value: Uint8Array): void
  load(): void
  attach(program: string): void
  detach(program: string): void
  runIterator(program: string): void
  runIteratorWithin(program: string, limitMs: number): boolean
  shareMap(map: string, other: BindingObject): void
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
export function binding(): Binding {
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

/** The addon where somebody has needed it so far. */
export function loadedBinding(): Binding | undefined {
  return loaded
}

/** Runs a request about `what`: a file, or a map, program or variable by its name. */
export function wrap<T>(code: ErrorCode, what: string, run: () => T): T {
  mustBe(typeof what === 'string', 'native name: must be a string', what)
  try {
    return run()
  } catch (error) {
    if (error instanceof SwollError) throw error
    throw new NativeError(code, `${what}: ${(error as Error).message}`, error as BindingError)
  }
}

/** The addon trusts its arguments: some wrong ones would end the process. */
export function mustBe(isRight: boolean, rule: string, value: unknown): void {
  if (!isRight) throw new TypeError(`${rule}, got ${value} (${typeof value})`)
}

export function mustBeCount(what: string, value: number): void {
  mustBe(
    Number.isInteger(value) && value > 0 && value <= 0xffff_ffff,
    `${what}: must be 1 to 2^32 - 1`,
    value,
  )
}

export function mustBeBytes(what: string, value: Uint8Array): void {
  mustBe(value instanceof Uint8Array, `${what}: must be a Uint8Array`, value)
}
