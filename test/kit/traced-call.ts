/** Records of traced calls as the kernel side writes them, from what a test says of a call. */
import { OUTCOME_RETURNED } from '../../native/generated/layout.ts'
import {
  CHUNK_CUT,
  CHUNK_LAST,
  CHUNK_UNREADABLE,
  chunkLayout,
  tracedCallLayout as layout,
  RECORD_TRACED_CALL,
  traceHeaderLayout,
} from '../../native/generated/trace-layout.ts'
import { rawOf } from '../../syscalls/decode/arguments.ts'
import { TracedCall } from '../../syscalls/decode/traced-call.ts'
import { type Abi, syscallNumber } from '../../syscalls/tables/syscalls.ts'

export interface ChunkSpec {
  /** Index of the order in the call's definition. */
  readonly order: number
  readonly part?: number
  /** Text gets a NUL behind it. */
  readonly bytes?: Uint8Array | string
  readonly isCut?: boolean
  readonly isUnreadable?: boolean
  readonly isLast?: boolean
  readonly entry?: number
}

export interface CallSpec {
  readonly abi?: Abi
  /** Its name, or its number. */
  readonly call: string | number
  readonly arguments?: readonly (number | bigint)[]
  readonly ret?: number | bigint
  readonly outcome?: number
  readonly chunks?: readonly ChunkSpec[]
  readonly tid?: number
  /** Bits; absent: job 0. */
  readonly jobs?: bigint
  readonly version?: number
  readonly startNs?: bigint
  readonly endNs?: bigint
}

const ABI_CODES: Readonly<Record<Abi, number>> = { x86_64: 0, i386: 1, x32: 2, arm64: 0, arm: 1 }
const ABIS = {
  x86_64: ['x86_64', 'i386', 'x32'],
  arm64: ['arm64', 'arm', undefined],
} as const

/** The record's words. */
export function encodeCall(spec: CallSpec): Uint32Array {
  const abi = spec.abi ?? 'x86_64'
  const number = typeof spec.call === 'number' ? spec.call : syscallNumber(abi, spec.call)
  if (number === undefined) throw new Error(`${spec.call}: ${abi} has no such call`)
  const chunks = (spec.chunks ?? []).map(encodeChunk)
  const bytes = new Uint8Array(layout.size + chunks.reduce((sum, { length }) => sum + length, 0))
  const view = new DataView(bytes.buffer)
  const ret = BigInt(spec.ret ?? 0)
  const error = ret < 0n && ret >= -4095n ? Number(-ret) : 0
  view.setUint32(layout.header + traceHeaderLayout.type, RECORD_TRACED_CALL, true)
  view.setUint32(layout.header + traceHeaderLayout.length, bytes.length, true)
  view.setBigUint64(layout.startNs, spec.startNs ?? 1000n, true)
  view.setBigUint64(layout.endNs, spec.endNs ?? 3000n, true)
  view.setUint32(layout.call, number, true)
  const outcome = spec.outcome ?? OUTCOME_RETURNED
  view.setUint32(layout.call + 4, error | (ABI_CODES[abi] << 16) | (outcome << 24), true)
  view.setBigInt64(layout.ret, ret, true)
  for (const [i, argument] of (spec.arguments ?? []).entries())
    view.setBigUint64(layout.arguments + i * 8, BigInt.asUintN(64, BigInt(argument)), true)
  view.setUint32(layout.tid, spec.tid ?? 1, true)
  view.setUint32(layout.version, spec.version ?? 1, true)
  view.setBigUint64(layout.jobs, spec.jobs ?? 1n, true)
  let at: number = layout.size
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return new Uint32Array(bytes.buffer)
}

function encodeChunk(spec: ChunkSpec): Uint8Array {
  const data = typeof spec.bytes === 'string' ? Buffer.from(`${spec.bytes}\0`, 'latin1') : spec.bytes
  const length = data?.length ?? 0
  const bytes = new Uint8Array(chunkLayout.size + Math.ceil(length / 8) * 8)
  new DataView(bytes.buffer).setUint16(chunkLayout.length, length, true)
  bytes[chunkLayout.order] = spec.order
  bytes[chunkLayout.part] = spec.part ?? 0
  bytes[chunkLayout.flags] =
    (spec.isCut ? CHUNK_CUT : 0) | (spec.isUnreadable ? CHUNK_UNREADABLE : 0) | (spec.isLast ? CHUNK_LAST : 0)
  bytes[chunkLayout.entry] = spec.entry ?? 0
  bytes.set(data ?? [], chunkLayout.size)
  return bytes
}

/** A call that has been moved to the record of `spec`. */
export function tracedCall(spec: CallSpec): TracedCall {
  const abi = spec.abi ?? 'x86_64'
  const abis = abi === 'arm64' || abi === 'arm' ? ABIS.arm64 : ABIS.x86_64
  return new TracedCall(abis).moveTo(encodeCall(spec), 0)
}

/** All arguments of a call, in order: the C type, the register, and the text, empty where `printCall` leaves the argument out. */
export function argumentsOf(
  call: TracedCall,
): { name: string; type: string; raw: number | string; text: string }[] {
  return call.definition.parameters.map(({ name, ctype, kind }, index) => {
    const argument = call.argument(index)
    return { name, type: ctype, raw: rawOf(ctype, argument), text: kind.print(argument) }
  })
}
