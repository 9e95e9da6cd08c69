/** Calls that test/kit/strace-record.ts has recorded, and a kernel side that copies from their memory as it is ordered to. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { definitionOf } from '../../syscalls/decode/definition.ts'
import type { Chunk, Copy } from '../../syscalls/decode/kind.ts'
import type { TracedCall } from '../../syscalls/decode/traced-call.ts'
import { type Abi, syscallNumber } from '../../syscalls/tables/syscalls.ts'
import { tracedCall } from './traced-call.ts'

/** A line of a fixture. */
export interface RecordedCall {
  /** The call as strace printed it. */
  readonly text: string
  readonly args: readonly string[]
  readonly ret: number
  /** Start and end of the arena before the call, in hexadecimal, without the zeros between. */
  readonly before: readonly [string, string]
  /** After it. Absent: as before. */
  readonly after?: readonly [string, string]
}

const ARENA = 0x1000_0000
const ARENA_SIZE = 4096
const MAX_ERRNO = 4095
const PAYLOAD_LIMIT = 32
const STRING_LIMIT = 256

const FOLDER = join(import.meta.dirname, '../fixtures/strace')

/** Names of the recordings. */
export const FIXTURES = readdirSync(FOLDER)
  .filter(file => file.endsWith('.jsonl'))
  .map(file => {
    const [name, abi] = file.split('.') as [string, Abi]
    return { name, abi }
  })

/** All calls of a fixture. */
export function recordedCalls(name: string, abi: Abi): RecordedCall[] {
  const path = join(FOLDER, `${name}.${abi}.jsonl`)
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as RecordedCall)
}

/** The memory of a caller: the arena and nothing else. */
class Arena {
  readonly #bytes = new Uint8Array(ARENA_SIZE)

  constructor([start, end]: readonly [string, string]) {
    this.#bytes.set(Buffer.from(start, 'hex'))
    this.#bytes.set(Buffer.from(end, 'hex'), ARENA_SIZE - end.length / 2)
  }

  /** `size` bytes, or as many as are mapped. */
  read(address: number, size: number): Uint8Array {
    const at = address - ARENA
    return at < 0 || at >= ARENA_SIZE ? new Uint8Array(0) : this.#bytes.slice(at, at + size)
  }
}

/** A recorded call as the receiver gets it: with its memory copied as the definition of the call orders. */
export function replay(call: RecordedCall, abi: Abi): TracedCall {
  const name = call.text.slice(0, call.text.indexOf('('))
  const number = syscallNumber(abi, name)!
  const hasSucceeded = call.ret >= 0 || call.ret < -MAX_ERRNO
  const before = new Arena(call.before)
  const after = new Arena(call.after ?? call.before)
  const chunks = definitionOf(abi, number).copies.flatMap((copy, order) => {
    if (copy.argument >= call.args.length) return []
    const address = Number(BigInt(call.args[copy.argument]!))
    if (address === 0 || (copy.when === 'success' && !hasSucceeded)) return []
    const memory = copy.when === 'entry' ? before : after
    return copied(memory, copy, call, { abi, address }).map((chunk, part) => ({ ...chunk, order, part }))
  })
  return tracedCall({ abi, call: number, arguments: call.args.map(BigInt), ret: call.ret, chunks })
}

interface Place {
  readonly abi: Abi
  readonly address: number
}

/** Copies memory in each of the ways that bpf/trace.h defines. */
function copied(memory: Arena, copy: Copy, call: RecordedCall, place: Place): Chunk[] {
  const number = (index: number) => Number(BigInt(call.args[index]!))
  // A length that cannot be read: longer than all there is.
  const word = (address: number) => {
    const bytes = Buffer.from(memory.read(address, 4))
    return bytes.length < 4 ? ARENA_SIZE + 1 : bytes.readUInt32LE()
  }
  const { address } = place
  const unit = copy.size ?? 1
  const exact = (size: number) => [chunk(memory, address, size, size)]
  const payload = (size: number) => [chunk(memory, address, size, PAYLOAD_LIMIT)]
  switch (copy.how) {
    case 'bytes':
      return exact(unit)
    case 'string':
      return [stringAt(memory, address)]
    case 'array':
    case 'few':
      return exact(number(copy.count!) * unit)
    case 'returned':
      return exact(call.ret * unit)
    case 'pointed':
      return exact(word(number(copy.count!)))
    case 'ioctl':
      return exact((number(copy.count!) >> 16) & 0x3fff)
    case 'sized':
      return exact(word(address))
    case 'payload':
      return payload(number(copy.count!))
    case 'returned_payload':
      return payload(call.ret)
    case 'iovecs':
      return iovecs(memory, place.abi, address, number(copy.count!), returnedLimit(copy, call))
    case 'message':
      return message(memory, place.abi, address, returnedLimit(copy, call))
    case 'pointed_pair':
      return pointedPair(memory, place, unit)
    // Those are not recorded: what they need is not in the arena, or the fixtures make no such call.
    case 'strings':
    case 'environment':
    case 'descriptor':
    case 'descriptor_pair':
    case 'messages':
      return []
  }
}

function pointedPair(memory: Arena, { abi, address }: Place, limit: number): Chunk[] {
  const word = wordOf(abi)
  const pair = chunk(memory, address, 2 * word, 2 * word)
  if (pair.isUnreadable) return [pair]
  const [at, length] = [integer(pair.bytes, 0, word), integer(pair.bytes, word, word)]
  return at === 0 ? [pair] : [pair, chunk(memory, at, length, limit)]
}

function returnedLimit(copy: Copy, call: RecordedCall): number {
  return copy.when === 'entry' ? Number.POSITIVE_INFINITY : Math.max(0, call.ret)
}

function chunk(memory: Arena, address: number, size: number, limit: number): Chunk {
  const bytes = memory.read(address, Math.min(size, limit))
  const isUnreadable = bytes.length < Math.min(size, limit)
  return { bytes, isCut: !isUnreadable && size > limit, isUnreadable, isLast: false, entry: 0 }
}

function stringAt(memory: Arena, address: number): Chunk {
  const bytes = memory.read(address, STRING_LIMIT)
  const end = bytes.indexOf(0)
  const isUnreadable = end < 0 && bytes.length < STRING_LIMIT
  return {
    bytes: end < 0 ? bytes : bytes.subarray(0, end),
    isCut: end < 0 && !isUnreadable,
    isUnreadable,
    isLast: false,
    entry: 0,
  }
}

function iovecs(memory: Arena, abi: Abi, address: number, count: number, limit: number): Chunk[] {
  const word = wordOf(abi)
  const array = chunk(memory, address, count * 2 * word, 64 * 2 * word)
  const buffers: Chunk[] = []
  for (let at = 0, rest = limit; at + 2 * word <= array.bytes.length; at += 2 * word) {
    const base = integer(array.bytes, at, word)
    const length = Math.min(integer(array.bytes, at + word, word), rest)
    buffers.push(chunk(memory, base, length, PAYLOAD_LIMIT))
    rest -= length
  }
  return [array, ...buffers]
}

function message(memory: Arena, abi: Abi, address: number, limit: number): Chunk[] {
  const word = wordOf(abi)
  const header = chunk(memory, address, 7 * word, 7 * word)
  if (header.isUnreadable) return [header]
  const at = (index: number) => integer(header.bytes, index * word, word)
  const name = chunk(memory, at(0), integer(header.bytes, word, 4), 128)
  const control = chunk(memory, at(4), at(5), 512)
  const [array, ...buffers] = iovecs(memory, abi, at(2), at(3), limit)
  return [header, name, array!, control, ...buffers]
}

function wordOf(abi: Abi): 4 | 8 {
  return abi === 'x86_64' || abi === 'arm64' ? 8 : 4
}

function integer(bytes: Uint8Array, at: number, size: 4 | 8): number {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return size === 8 ? Number(view.readBigUInt64LE(at)) : view.readUInt32LE(at)
}
