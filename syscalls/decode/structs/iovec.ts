/** Lists of buffers, with their contents. */
import type { Chunk, Kind, When } from '../kind.ts'
import { quoteBytes } from '../values/text.ts'
import { Memory } from './memory.ts'
import { addressOf } from './pointers.ts'
import { address, pointer, size } from './scalars.ts'
import { struct } from './struct.ts'

/** One buffer without its content, such as one of another process. */
export const iovec = struct({ iov_base: pointer, iov_len: size })

/** `[{iov_base="a", iov_len=1}]`; buffers without a chunk are shown as addresses. Undefined: the list was not read. */
export function iovecsText(
  memory: Memory,
  list: Chunk,
  buffers: readonly Chunk[],
  count: number,
): string | undefined {
  const entry = iovec.size(memory.sizes)
  const word = memory.sizes.pointer
  const there = Math.min(count, Math.floor(memory.length / entry))
  if (count > 0 && there === 0 && (!list.isCut || list.isUnreadable)) return undefined
  const texts: string[] = []
  for (let i = 0; i < there; i++) {
    const base = memory.integer(i * entry, word, false)
    const length = memory.integer(i * entry + word, word, false)
    texts.push(`{iov_base=${dataText(base, length, buffers[i])}, iov_len=${length}}`)
  }
  if (there < count) texts.push('...')
  return `[${texts.join(', ')}]`
}

/** A buffer's content, or its address. */
function dataText(base: bigint, length: bigint, chunk: Chunk | undefined): string {
  if (base === 0n || chunk === undefined || chunk.isUnreadable) return address(base)
  const isShort = chunk.isCut && BigInt(chunk.bytes.length) < length
  return quoteBytes(chunk.bytes, isShort)
}

/** Buffers with their data as far as the payload limit allows. `count`: the argument with their number. */
export function iovecsAt(when: When, count: number): Kind {
  return {
    copies: () => [{ how: 'iovecs', when, count }],
    print(argument) {
      const [list, ...buffers] = argument.chunks()
      const many = argument.other(count).number
      if (argument.isNull) return 'NULL'
      if (many === 0) return '[]'
      if (list === undefined) return addressOf(argument)
      const shown = when === 'exit' && !argument.hasSucceeded ? [] : buffers
      const text = iovecsText(new Memory(argument.abi, list.bytes), list, shown, many)
      if (text === undefined) return addressOf(argument)
      return list.isUnreadable ? behind(text, argument.value, list) : text
    },
  }
}

/** Appends the address at which the readable memory of the list ended. */
function behind(text: string, start: bigint, list: Chunk): string {
  return `${text.slice(0, -1)} /* ${address(start + BigInt(list.bytes.length))} */]`
}
