/** Several messages at once, each with the number of bytes that went. */
import type { Argument, Chunk, Kind } from '../kind.ts'
import { Memory, type Sizes, sizesOf } from './memory.ts'
import { headerOf, messageText } from './message.ts'
import { addressOf } from './pointers.ts'

/** Size of a struct mmsghdr: struct msghdr, an int and padding. */
const headerSize = ({ pointer }: Sizes): number => 7 * pointer
const entrySize = ({ pointer }: Sizes): number => 8 * pointer

const order = (argument: Argument, nth: number, entry: number): readonly Chunk[] =>
  argument.chunks(nth).filter(chunk => chunk.entry === entry)

/** Messages that the caller passes. Argument `count` has their number; sent ones have their length. */
export function givenMessages(count: number): Kind {
  return {
    copies: abi => [
      { how: 'messages', when: 'entry', count, size: entrySize(sizesOf(abi)) },
      { how: 'returned', when: 'success', size: entrySize(sizesOf(abi)) },
    ],
    print(argument) {
      const sent = argument.chunks(1)[0]
      return listText(argument, argument.other(count).number, (i, chunks, header) => {
        const length = sent && i < (argument.returned ?? 0) ? lengthAt(argument, sent.bytes, i) : undefined
        return [messageText(header, chunks), length]
      })
    },
  }
}

/** Messages that the call fills. Its result is their number. */
export function filledMessages(count: number): Kind {
  return {
    copies: abi => [
      { how: 'messages', when: 'success', count, size: entrySize(sizesOf(abi)) },
      { how: 'few', when: 'entry', count, size: entrySize(sizesOf(abi)) },
    ],
    print(argument) {
      if (!argument.hasSucceeded) return addressOf(argument)
      const rooms = argument.chunks(1)[0]?.bytes ?? new Uint8Array()
      return listText(argument, argument.returned ?? 0, (i, chunks, header) => {
        const room = entryOf(argument, rooms, i).integer(sizesOf(argument.abi).pointer, 4, true)
        return [messageText(header, chunks, room), lengthAt(argument, chunks[0]!.bytes, 0)]
      })
    },
  }
}

type PrintEntry = (
  i: number,
  chunks: readonly Chunk[],
  header: NonNullable<ReturnType<typeof headerOf>>,
) => readonly [message: string, length: number | undefined]

function listText(argument: Argument, count: number, print: PrintEntry): string {
  if (argument.isNull) return 'NULL'
  const texts: string[] = []
  for (let i = 0; i < count; i++) {
    const chunks = order(argument, 0, i)
    const header = headerOf(argument, chunks[0])
    if (header === undefined) return i === 0 ? addressOf(argument) : `[${[...texts, '...'].join(', ')}]`
    const [message, length] = print(i, chunks, header)
    texts.push(`{msg_hdr=${message}${length === undefined ? '' : `, msg_len=${length}`}}`)
  }
  return `[${texts.join(', ')}]`
}

function entryOf(argument: Argument, entries: Uint8Array, i: number): Memory {
  const size = entrySize(sizesOf(argument.abi))
  return new Memory(argument.abi, entries.subarray(i * size, (i + 1) * size))
}

function lengthAt(argument: Argument, entries: Uint8Array, i: number): number {
  const entry = entryOf(argument, entries, i)
  return Number(entry.integer(headerSize(entry.sizes), 4, false))
}
