/** Calls and errors of groups over the parts of a window. */
import { free } from '../free.ts'
import type { Segment } from '../ring/segment.ts'
import type { Parts } from './details.ts'
import type { Scan } from './scan.ts'
import type { GroupSums } from './sums.ts'

/** Of all groups for each segment, 16 bytes for each: 2 MiB. With more, rows are read again for the chosen ones. */
const MOST_VALUES = 128 * 1024

type Own = Float64Array<ArrayBuffer>

/** What all groups had at the end of each segment: courses of any of them without another look at the rows. */
export class Course {
  readonly #sums: GroupSums
  #ends: { readonly segment: Segment; readonly calls: Own; readonly errors: Own }[] = []
  /** Of all groups together, at the end of each segment. */
  readonly #totals: { readonly segment: Segment; readonly calls: number; readonly errors: number }[] = []
  #room = MOST_VALUES

  constructor(sums: GroupSums) {
    this.#sums = sums
  }

  /** All its memory. */
  get arrays(): Own[] {
    return this.#ends.flatMap(({ calls, errors }) => [calls, errors])
  }

  /** To be called after each segment. */
  note(segment: Segment): void {
    const { groups } = this.#sums
    this.#totals.push({ segment, ...this.#sums.total() })
    this.#room -= groups
    if (this.#room < 0) {
      free(this.arrays)
      this.#ends = []
    } else {
      const now = (name: 'calls' | 'errors'): Own => this.#sums.of(name).slice(0, groups)
      this.#ends.push({ segment, calls: now('calls'), errors: now('errors') })
    }
  }

  /** Two numbers for each part, chosen group after chosen group. */
  async read(scan: Scan, chosen: Uint32Array, parts: Parts): Promise<Float64Array> {
    const writer = new Writer(chosen, parts)
    if (this.#room < 0) await readAgain(scan, writer)
    else this.#readEnds(writer)
    return writer.values
  }

  /** Two numbers for each part, of all groups together. */
  total(parts: Parts): Float64Array {
    const writer = new Writer(new Uint32Array(1), parts)
    let before = { calls: 0, errors: 0 }
    for (const { segment, ...now } of this.#totals) {
      writer.calls[0] = now.calls - before.calls
      writer.errors[0] = now.errors - before.errors
      writer.end(segment)
      before = now
    }
    return writer.values
  }

  #readEnds(writer: Writer): void {
    let [calls, errors] = [new Float64Array(0), new Float64Array(0)] as [Float64Array, Float64Array]
    for (const end of this.#ends) {
      writer.chosen.forEach((group, place) => {
        writer.calls[place] = (end.calls[group] ?? 0) - (calls[group] ?? 0)
        writer.errors[place] = (end.errors[group] ?? 0) - (errors[group] ?? 0)
      })
      writer.end(end.segment)
      ;[calls, errors] = [end.calls, end.errors]
    }
  }
}

async function readAgain(scan: Scan, writer: Writer): Promise<void> {
  const { kindOf } = scan.asked
  const { chosen, calls, errors } = writer
  const places = new Int32Array(scan.groups.size).fill(-1)
  for (let i = 0; i < chosen.length; i++) places[chosen[i]!] = i
  await scan.rows(
    (group, segment, row, kind) => {
      const place = places[group]!
      if (place < 0) return
      const more = segment.calls(row)
      calls[place]! += more
      if (kindOf[kind]!.isError) errors[place]! += more
    },
    segment => writer.end(segment),
  )
}

class Writer {
  readonly chosen: Uint32Array
  /** Of a segment, by place in `chosen`. */
  readonly calls: Float64Array
  readonly errors: Float64Array
  readonly values: Float64Array
  readonly #parts: Parts

  constructor(chosen: Uint32Array, parts: Parts) {
    this.chosen = chosen
    this.#parts = parts
    this.calls = new Float64Array(chosen.length)
    this.errors = new Float64Array(chosen.length)
    this.values = new Float64Array(chosen.length * parts.count * 2)
  }

  /** Gives each part its share of what the segment has. */
  end(segment: Segment): void {
    for (const [part, share] of this.#parts.sharesOf(segment))
      for (let place = 0; place < this.chosen.length; place++) {
        const at = 2 * (place * this.#parts.count + part)
        this.values[at]! += this.calls[place]! * share
        this.values[at + 1]! += this.errors[place]! * share
      }
    this.calls.fill(0)
    this.errors.fill(0)
  }
}
