/** The contents of the blocks of a recording: a header, batches of events, an end. */
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import type { ThreadFacts } from '../events/threads.ts'

export const HEADER = 1
export const BATCH = 2
export const END = 3

/** Where and how it was recorded. */
export interface RecordingHeader {
  readonly swoll: string
  readonly host: string
  /** The origin of all resources; absent: recorded by a version that did not ask. */
  readonly origin?: Attributes
  readonly kernel: string
  readonly arch: string
  /** By the number the records have for them. */
  readonly abis: readonly (Abi | null)[]
  /** RFC 3339. */
  readonly startTime: string
  /** The request, for people. */
  readonly request: unknown
}

/** Where it was recorded, wherever it is read. */
export function originOf({ origin, host }: RecordingHeader): Attributes {
  return origin ?? { 'host.name': host, 'service.instance.id': host }
}

/** A call as the recorder knew it, so that one that is known otherwise here is not read wrongly. */
export interface RecordedCall {
  /** Index of the ABI. */
  readonly abi: number
  readonly number: number
  readonly name: string
  /** Its memory orders, as the kernel side was told them; hexadecimal. */
  readonly copies: string
}

/** A thread as JSON, with times as text: they may need 64 bits. */
export interface RecordedThread
  extends Omit<ThreadFacts, 'resource' | 'cgroup' | 'processStartNs' | 'parentStartNs'> {
  readonly cgroup: string
  readonly processStartNs: string
  readonly parentStartNs: string
  /** Index of the resource; null: unknown. */
  readonly resource: number | null
}

export interface RecordedResource {
  readonly index: number
  readonly id: string
  /** Names of pod and container among them. */
  readonly attributes: Attributes
}

export interface RecordedGap {
  readonly resource: number | null
  readonly reason: string
  readonly events: number
}

/** The part of a batch that is not records. What is new is told once, before it is used. */
export interface BatchFacts {
  readonly unixOffsetNs: string
  /** New ones, and those whose attributes have changed. */
  readonly resources: readonly RecordedResource[]
  /** New ones; they are numbered in the order in which they come. */
  readonly threads: readonly RecordedThread[]
  readonly calls: readonly RecordedCall[]
  readonly gaps: readonly RecordedGap[]
}

export interface RecordingEnd {
  readonly events: number
  readonly lost: number
}

/** `type`, JSON and raw parts as one block's contents: u32 type | u32 length of the JSON | JSON, padded to 8 | the rest. */
export function encodeContents(type: number, facts: unknown, raw: readonly Uint8Array[] = []): Uint8Array {
  const json = Buffer.from(JSON.stringify(facts))
  const head = Buffer.alloc(8)
  head.writeUInt32LE(type, 0)
  head.writeUInt32LE(json.length, 4)
  return Buffer.concat([head, json, Buffer.alloc(padding(json.length)), ...raw])
}

/** Throws SyntaxError or RangeError for what cannot be. `raw` begins at a multiple of 4 bytes. */
export function decodeContents(contents: Buffer): { type: number; facts: unknown; raw: Uint32Array } {
  const length = contents.readUInt32LE(4)
  const facts: unknown = JSON.parse(contents.toString('utf8', 8, 8 + length))
  const raw = new Uint8Array(contents.subarray(8 + length + padding(length)))
  return { type: contents.readUInt32LE(0), facts, raw: new Uint32Array(raw.buffer, 0, raw.length >>> 2) }
}

function padding(length: number): number {
  return -length & 7
}
