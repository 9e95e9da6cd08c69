/** Kinds of memory that is text: paths, names, lists of strings, and data that is read and written. */
import type { Chunk, Copy, Kind } from '../kind.ts'
import { givenStrings } from './given-strings.ts'
import { toHex } from './hex.ts'
import { printPointer } from './integers.ts'
import { toIndex } from './parameters.ts'
import { quoteBytes, quoteHex, quoteString } from './text.ts'

type Quote = (bytes: Uint8Array, isCut: boolean) => string

/** One chunk of text; where it was not copied or could not be read whole, the pointer. */
function text(copy: Copy, quote: Quote): Kind {
  const copies = [copy]
  return {
    copies: () => copies,
    print(argument) {
      const chunk = argument.isNull ? undefined : argument.chunks()[0]
      if (chunk === undefined || chunk.isUnreadable) return printPointer(argument)
      return quote(chunk.bytes, chunk.isCut)
    },
  }
}

const string = text({ how: 'string', when: 'entry' }, quoteString)
/** Shown whole, whatever the limit of strings is: PATH_MAX, less the NUL. */
const path = text({ how: 'string', when: 'entry', size: 4095 }, quoteString)
const outString = text({ how: 'string', when: 'success' }, quoteString)

/** `["ls", "-l"]`; `...` where the list was cut; the pointer where it was not copied. */
function list(how: 'strings' | 'environment'): Kind {
  const copies = [{ how, when: 'entry' }] as const
  return {
    copies: () => copies,
    print(argument) {
      const chunks = argument.isNull ? [] : givenStrings(argument)
      return isList(chunks) ? printStrings(chunks) : printPointer(argument)
    },
  }
}
const stringList = list('strings')
const environment = list('environment')

/** Returns false if not even the first pointer could be read. */
function isList([first, ...rest]: readonly Chunk[]): boolean {
  return first !== undefined && !(first.isUnreadable && first.bytes.length === 0 && rest.length === 0)
}

function printStrings(chunks: readonly Chunk[]): string {
  const last = chunks.at(-1)!
  const strings = chunks.filter(chunk => !isMark(chunk, last)).map(printString)
  return `[${(last.isLast || last.isUnreadable ? strings : [...strings, '...']).join(', ')}]`
}

/** The last one may be the null pointer alone, or say that there are more strings. */
function isMark(chunk: Chunk, last: Chunk): boolean {
  return chunk.bytes.length === 0 && (chunk.isLast || (chunk.isCut && chunk === last))
}

/** Prints a string in quotes; the address of an unreadable string, if the address could be read. */
function printString({ bytes, isCut, isUnreadable }: Chunk): string {
  if (!isUnreadable) return quoteString(bytes, isCut)
  if (bytes.length < 8) return '???'
  const address = new DataView(bytes.buffer, bytes.byteOffset)
  return toHex(address.getUint32(0, true), address.getUint32(4, true))
}

/** Data or names, of which as many bytes count as the call was given or returned. */
const bytes = (copy: Copy): Kind => text(copy, quoteBytes)

export const strings = {
  string: () => string,
  path: () => path,
  out_string: () => outString,
  string_list: () => stringList,
  environment: () => environment,
  /** Data that the argument's count says the length of: shown as far as the payload limit allows, which may be nowhere. */
  payload: ([count = '']: readonly string[]) =>
    bytes({ how: 'payload', when: 'entry', count: toIndex(count) }),
  out_payload: () => bytes({ how: 'returned_payload', when: 'success', size: 1 }),
  /** Data that is no text, up to the payload limit. */
  out_hex_payload: () => text({ how: 'returned_payload', when: 'success', size: 1 }, quoteHex),
  /** Names, not data: shown whatever the payload limit is. */
  bytes: ([count = '']: readonly string[]) =>
    bytes({ how: 'array', when: 'entry', count: toIndex(count), size: 1 }),
  out_bytes: () => bytes({ how: 'returned', when: 'success', size: 1 }),
  /** A string whose NUL counts as returned. */
  out_bytes_string: () => text({ how: 'returned', when: 'success', size: 1 }, quoteString),
}
