/** Takes secrets out of copied memory, before anything of it is shown or kept. */
import { compilePattern, type LinearPattern } from '../../pipeline/linear-pattern.ts'
import { redactReferent } from '../../syscalls/decode/descriptors/referent.ts'
import type { Copy } from '../../syscalls/decode/kind.ts'
import type { TracedCall } from '../../syscalls/decode/traced-call.ts'

/** `*` */
const STAR = 0x2a

/**
 * A function that puts stars in the place of every match of a pattern, in the memory of the call itself: in paths and other
 * strings, arguments of programs, and data, each piece of memory for itself. Bytes are compared, in UTF-8; what was cut off by a limit is
 * not there to be matched.
 */
export function createRedactor(patterns: readonly string[]): (call: TracedCall) => void {
  const byteWise = patterns.map(toBytePattern)
  return call => {
    for (const [order, copy] of call.definition.copies.entries()) {
      const firstText = firstTextChunk(copy)
      if (firstText === undefined) continue
      const chunks = call.chunksOf(order)
      for (const [i, { bytes, entry }] of chunks.entries()) {
        const place = chunks.slice(0, i).filter(other => other.entry === entry).length
        if (place >= firstText) redactCopied(bytes, copy.how, byteWise)
      }
    }
  }
}

/** Each of its characters stands for a byte, like those of the text it is applied to. */
function toBytePattern(source: string): LinearPattern {
  return compilePattern(Buffer.from(source).toString('latin1'))
}

function upToNul(bytes: Uint8Array): Uint8Array {
  const nul = bytes.indexOf(0)
  return nul < 0 ? bytes : bytes.subarray(0, nul)
}

/** From which chunk of an entry on an order's memory is text or data; undefined: it is a struct. */
function firstTextChunk({ how, size }: Copy): number | undefined {
  switch (how) {
    case 'string':
    case 'strings':
    case 'environment':
    case 'descriptor':
    case 'descriptor_pair':
    case 'payload':
    case 'returned_payload':
    case 'pointed': // names of sockets, and options
      return 0
    case 'array':
    case 'returned':
      return size === 1 ? 0 : undefined
    case 'iovecs': // after the array of struct iovec
    case 'messages':
    case 'message': // after struct msghdr; where the data begins depends on what else there is
      return 1
    default:
      return undefined
  }
}

function redactCopied(bytes: Uint8Array, how: Copy['how'], patterns: readonly LinearPattern[]): void {
  if (how === 'descriptor' || how === 'descriptor_pair') redactReferent(bytes, name => redact(name, patterns))
  else if (how === 'string' || how === 'strings' || how === 'environment') redact(upToNul(bytes), patterns)
  else redact(bytes, patterns)
}

function redact(bytes: Uint8Array, patterns: readonly LinearPattern[]): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  for (const pattern of patterns) for (const [start, end] of pattern.find(text)) bytes.fill(STAR, start, end)
}
