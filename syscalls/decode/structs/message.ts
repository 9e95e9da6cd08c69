/** A message with an address, several buffers and control data; several at once, each with the number of bytes that went. */
import type { Argument, Chunk, Kind } from '../kind.ts'
import { familyOf } from '../values/constants.ts'
import { controlText } from './control-messages.ts'
import { iovecsText } from './iovec.ts'
import { Memory, type Sizes, sizesOf } from './memory.ts'
import { family } from './named.ts'
import { addressOf } from './pointers.ts'
import { address, i32, pointer, size, u32 } from './scalars.ts'
import { addressText, LONGEST } from './socket-address.ts'
import { struct, when } from './struct.ts'

/** The caller's struct; the kernel side follows its pointers. */
const bare = struct({
  msg_name: pointer,
  msg_namelen: i32,
  msg_iov: pointer,
  msg_iovlen: size,
  msg_control: when(pointer, get => get('msg_controllen') > 0n),
  msg_controllen: size,
  msg_flags: family(u32, 'message_flags'),
})

/** The message that the caller passes. */
export const givenMessage: Kind = {
  copies: () => [{ how: 'message', when: 'entry' }],
  print(argument) {
    const chunks = argument.chunks()
    const header = headerOf(argument, chunks[0])
    return header === undefined ? addressOf(argument) : messageText(header, chunks)
  },
}

/** The message that the call fills; shows also the size of the caller's buffer for the name, if the name's length differs. */
export const filledMessage: Kind = {
  copies: abi => [
    { how: 'message', when: 'success' },
    { how: 'bytes', when: 'entry', size: bare.size(sizesOf(abi)) },
  ],
  print(argument) {
    const before = headerOf(argument, argument.chunks(1)[0])
    if (before === undefined) return addressOf(argument)
    const chunks = argument.chunks(0)
    const after = argument.hasSucceeded ? headerOf(argument, chunks[0]) : undefined
    if (after === undefined) return `{msg_namelen=${before.nameLength}}`
    return messageText(after, chunks, before.nameLength)
  },
}

/** A struct msghdr. */
interface Header {
  readonly memory: Memory
  readonly name: bigint
  readonly nameLength: bigint
  readonly buffers: bigint
  readonly count: bigint
  readonly control: bigint
  readonly controlLength: bigint
  readonly flags: number
}

/** Reads one from the beginning of a chunk; undefined: it is not whole. */
function headerOf(argument: Argument, chunk: Chunk | undefined): Header | undefined {
  if (chunk === undefined || chunk.isUnreadable) return undefined
  const memory = new Memory(argument.abi, chunk.bytes)
  if (memory.length < bare.size(memory.sizes)) return undefined
  const word = memory.sizes.pointer
  const field = (index: number) => memory.integer(index * word, word, false)
  return {
    memory,
    name: field(0),
    nameLength: memory.integer(word, 4, true),
    buffers: field(2),
    count: field(3),
    control: field(4),
    controlLength: field(5),
    flags: Number(memory.integer(6 * word, 4, false)),
  }
}

/** Prints the chunks that COPY_MESSAGE makes. `room`: size of the buffer for the name before the call. */
function messageText(
  header: Header,
  [, name, list, control, ...buffers]: readonly Chunk[],
  room = header.nameLength,
): string {
  const { abi } = header.memory
  const length = room === header.nameLength ? `${room}` : `${room} => ${header.nameLength}`
  const fields = [
    `msg_name=${nameText(header, name)}`,
    `msg_namelen=${length}`,
    `msg_iov=${buffersText(header, list, buffers)}`,
    `msg_iovlen=${header.count}`,
  ]
  if (header.controlLength > 0n) fields.push(`msg_control=${controlDataText(header, control)}`)
  fields.push(`msg_controllen=${header.controlLength}`)
  fields.push(`msg_flags=${familyOf('message_flags', abi).print(header.flags)}`)
  return `{${fields.join(', ')}}`
}

function nameText({ memory, name, nameLength }: Header, chunk: Chunk | undefined): string {
  if (name === 0n || chunk === undefined || chunk.isUnreadable) return address(name)
  const length = Math.max(0, Math.min(Number(nameLength), LONGEST))
  return addressText(new Memory(memory.abi, chunk.bytes.subarray(0, length))) ?? address(name)
}

function buffersText(
  { memory, buffers, count }: Header,
  list: Chunk | undefined,
  rest: readonly Chunk[],
): string {
  if (buffers === 0n || list === undefined) return address(buffers)
  if (count === 0n) return '[]'
  const text = iovecsText(new Memory(memory.abi, list.bytes), list, rest, Number(count))
  return text ?? address(buffers)
}

function controlDataText({ memory, control, controlLength }: Header, chunk: Chunk | undefined): string {
  if (control === 0n || chunk === undefined || chunk.isUnreadable || chunk.bytes.length === 0)
    return address(control)
  const bytes = chunk.bytes.subarray(0, Number(controlLength))
  return controlText(new Memory(memory.abi, bytes), control)
}

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
