/** The contents of the blocks of a recording: a header, batches of events, an end. */
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { RecordingHeader } from './schema.ts'

export const HEADER = 1
export const BATCH = 2
export const END = 3

/** Where it was recorded, wherever it is read. */
export function originOf({ origin, host }: RecordingHeader): Attributes {
  return origin ?? { 'host.name': host, 'service.instance.id': host }
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
