/** Traced calls as columns: what log records and spans of them have in common. */

import { UNRESOLVED } from '../../kernel/cgroups/resource.ts'
import { tracedCallLayout as layout } from '../../native/generated/trace-layout.ts'
import type { AttributeValue } from '../../pipeline/data/attributes.ts'
import type { CodedAttribute, EventAttribute } from '../../pipeline/data/columns.ts'
import { Dictionary } from '../../pipeline/data/dictionary.ts'
import type { Resource, Scope } from '../../pipeline/data/resource.ts'
import { highWord, lowWord, TWO_TO_32 } from '../../pipeline/data/u64.ts'
import { errorOf, OUTCOME_NAMES, outcomeOf } from '../../syscalls/call.ts'
import { classify } from '../../syscalls/classes.ts'
import type { ShownCall } from '../../syscalls/decode/shown-call.ts'
import { errnoName } from '../../syscalls/tables/errnos.ts'
import type { Abi } from '../../syscalls/tables/syscalls.ts'
import type { ShownThread } from '../events/threads.ts'

export const SCOPE: Scope = { name: 'swoll/receiver/ebpf', version: '' }

/** Times of CLOCK_MONOTONIC, as they lie in records, to Unix time: without a big integer for each. */
class TimeColumn {
  readonly values: BigUint64Array
  readonly #words: Uint32Array
  readonly #low: number
  readonly #high: number

  constructor(rows: number, unixOffsetNs: bigint) {
    this.values = new BigUint64Array(rows)
    this.#words = new Uint32Array(this.values.buffer)
    this.#low = lowWord(unixOffsetNs)
    this.#high = highWord(unixOffsetNs)
  }

  set(row: number, low: number, high: number): void {
    const sum = low + this.#low
    this.#words[2 * row] = sum
    this.#words[2 * row + 1] = high + this.#high + (sum >= TWO_TO_32 ? 1 : 0)
  }
}

/** Columns of as many calls as are added, at most `rows`. */
export class CallColumns {
  readonly #abis: readonly (Abi | undefined)[]
  readonly #start: TimeColumn
  readonly #end: TimeColumn
  readonly #returned: Int32Array
  readonly #duration: Uint32Array
  readonly #resources = new Dictionary<Resource>()
  readonly #definitions = new Dictionary<ShownCall['definition']>()
  readonly #errors = new Dictionary<number>()
  readonly #kinds = new Dictionary<number>()
  readonly #threads = new Dictionary<ShownThread>()
  readonly #codes
  rows = 0

  constructor(rows: number, unixOffsetNs: bigint, abis: readonly (Abi | undefined)[]) {
    this.#abis = abis
    this.#start = new TimeColumn(rows, unixOffsetNs)
    this.#end = new TimeColumn(rows, unixOffsetNs)
    this.#returned = new Int32Array(2 * rows)
    this.#duration = new Uint32Array(2 * rows)
    const codes = () => new Uint32Array(rows)
    this.#codes = { resource: codes(), definition: codes(), error: codes(), kind: codes(), thread: codes() }
  }

  /** Adds a row. */
  add(call: ShownCall, thread: ShownThread): void {
    const row = this.rows++
    const codes = this.#codes
    codes.resource[row] = this.#resources.code(thread.resource ?? UNRESOLVED)
    codes.definition[row] = this.#definitions.code(call.definition)
    codes.error[row] = this.#errors.code(errorOf(call.high))
    // Outcome and ABI.
    codes.kind[row] = this.#kinds.code(call.high >>> 16)
    codes.thread[row] = this.#threads.code(thread)
    this.#start.set(row, call.word(layout.startNs), call.word(layout.startNs + 4))
    this.#end.set(row, call.word(layout.endNs), call.word(layout.endNs + 4))
    this.#returned[2 * row] = call.word(layout.ret)
    this.#returned[2 * row + 1] = call.word(layout.ret + 4)
    const ns = call.durationNs
    this.#duration[2 * row] = ns
    this.#duration[2 * row + 1] = Math.floor(ns / TWO_TO_32)
  }

  /** The resources and times of the table's rows, as batches have them. */
  get resources(): readonly Resource[] {
    return this.#resources.keys
  }
  get resource(): Uint32Array {
    return this.#codes.resource.subarray(0, this.rows)
  }
  get startTimeUnixNano(): BigUint64Array {
    return this.#start.values.subarray(0, this.rows)
  }
  get endTimeUnixNano(): BigUint64Array {
    return this.#end.values.subarray(0, this.rows)
  }

  /** Names of the calls: also the names of their spans. */
  get names(): CodedAttribute {
    return this.#coded('definition', this.#definitions)('syscall.name', ({ name }) => name)
  }

  /** Returns the errors of the rows: codes, and the errno of each; 0 for none. */
  get errors(): { readonly codes: Uint32Array; readonly errnos: readonly number[] } {
    return { codes: this.#codes.error.subarray(0, this.rows), errnos: this.#errors.keys }
  }

  /** Attributes of every row. Those of one dictionary have the same array of codes, so that encoders can join them at once. */
  attributes(): EventAttribute[] {
    const call = this.#coded('definition', this.#definitions)
    const error = this.#coded('error', this.#errors)
    const kind = this.#coded('kind', this.#kinds)
    const thread = this.#coded('thread', this.#threads)
    return [
      call('syscall.name', ({ name }) => name),
      call('syscall.class', ({ name }) => classify(name).class),
      call('syscall.group', ({ name }) => classify(name).group),
      error('error.type', errno => (errno === 0 ? undefined : errnoName(errno))),
      kind('syscall.outcome', kind => OUTCOME_NAMES[outcomeOf(kind << 16)]),
      kind('syscall.abi', kind => ((kind & 0xff) === 0 ? undefined : this.#abis[kind & 0xff])),
      { type: 'integer', key: 'syscall.return_value', values: longs(this.#returned, this.rows) },
      { type: 'integer', key: 'syscall.duration_ns', values: longs(this.#duration, this.rows) },
      thread('process.pid', ({ tgid }) => tgid),
      thread('process.vpid', ({ nsTgid }) => nsTgid),
      thread('process.parent_pid', ({ parentTgid }) => parentTgid),
      thread('process.real_user.id', ({ uid }) => uid),
      thread('thread.id', ({ tid }) => tid),
      thread('thread.name', ({ comm }) => comm),
    ]
  }

  /** Makes attributes of what a dictionary has. */
  #coded<K>(which: 'definition' | 'error' | 'kind' | 'thread', { keys }: Dictionary<K>) {
    const codes = this.#codes[which].subarray(0, this.rows)
    return (key: string, value: (key: K) => AttributeValue | undefined): CodedAttribute => ({
      type: 'coded',
      key,
      values: keys.map(value),
      codes,
    })
  }
}

function longs(words: Int32Array | Uint32Array, rows: number): BigInt64Array {
  return new BigInt64Array(words.buffer as ArrayBuffer, 0, rows)
}
