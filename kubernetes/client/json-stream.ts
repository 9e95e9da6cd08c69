/**
 * JSON of the API server and the kubelet, taken apart while it arrives: lists, with one item in memory and not all, and values one per
 * line, which a watch is.
 */
import { readTextLines } from '../../pipeline/text-lines.ts'
import { ApiError } from './api-error.ts'

/** The metadata of a list. */
interface ListHead {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
}

const QUOTE = 34
const COMMA = 44
const BACKSLASH = 92
const LIST = 91 // [
const LIST_END = 93
const MAP = 123 // {
const MAP_END = 125
/** The text before the items of a list, at depth 1. */
const ITEMS = /"items"\s*:\s*$/

/** Calls `onItem` for each element of `items` and gives the rest of the list. Throws ApiError on what is no such list. */
export async function readJsonItems(
  stream: AsyncIterable<Buffer>,
  onItem: (item: unknown) => void,
): Promise<ListHead> {
  const reader = new ItemReader(onItem)
  for await (const chunk of stream) reader.push(chunk)
  return reader.finish()
}

class ItemReader {
  readonly #onItem: (item: unknown) => void
  #depth = 0
  #isInString = false
  #isEscaped = false
  #isInItems = false
  /** Bytes of the item, or of the list around the items, that came with former chunks. */
  #pieces: Buffer[] = []
  #head = ''

  constructor(onItem: (item: unknown) => void) {
    this.#onItem = onItem
  }

  push(chunk: Buffer): void {
    let from = 0
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!
      if (this.#isInString) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (byte === BACKSLASH) this.#isEscaped = true
        else if (byte === QUOTE) this.#isInString = false
      } else if (byte === QUOTE) this.#isInString = true
      else if (byte === MAP || byte === LIST) {
        if (++this.#depth === 2 && byte === LIST && this.#isItemsNext(chunk.subarray(from, i))) {
          this.#head += `${this.#take(chunk.subarray(from, i))}[`
          this.#isInItems = true
          from = i + 1
        }
      } else if (byte === MAP_END || byte === LIST_END) {
        this.#depth--
        if (!this.#isInItems) continue
        if (this.#depth === 2) {
          this.#onItem(parse(this.#take(chunk.subarray(from, i + 1)), 'a list'))
          from = i + 1
        } else if (this.#depth === 1) {
          this.#isInItems = false
          from = i
        }
      } else if (byte === COMMA && this.#isInItems && this.#depth === 2) from = i + 1
    }
    this.#pieces.push(chunk.subarray(from))
  }

  finish(): ListHead {
    return parse(this.#head + this.#take(Buffer.alloc(0)), 'a list') as ListHead
  }

  #isItemsNext(before: Buffer): boolean {
    return ITEMS.test(this.#head + Buffer.concat([...this.#pieces, before]).toString())
  }

  #take(last: Buffer): string {
    const text = this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last])
    this.#pieces = []
    return text.toString()
  }
}

/** The API server stores no object larger than some MiB. */
const LINE_LIMIT_BYTES = 32 * 2 ** 20

/** The values of the stream, each as soon as its line is complete. Throws ApiError on what is not JSON, or too long. */
export async function* readJsonLines(stream: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  const tooLong = () => new ApiError(`Kubernetes API: a line must be at most ${LINE_LIMIT_BYTES} bytes`)
  for await (const line of readTextLines(stream, LINE_LIMIT_BYTES, tooLong))
    if (line.trim() !== '') yield parse(line, 'JSON')
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ApiError(`Kubernetes API: must send ${what}, got ${JSON.stringify(text.slice(0, 80))}`, {
      cause,
    })
  }
}
