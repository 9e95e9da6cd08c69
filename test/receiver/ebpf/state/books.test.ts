/** The books balance when everything is where it should be, and show a shortfall when it is not. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as layout from '../../../../native/generated/layout.ts'
import { balance, type Entries, readEntries } from '../../../../receiver/ebpf/state/books.ts'

const { booksLayout, inflightLayout, REASONS } = layout
const WORDS = inflightLayout.size / 4

/** An in-flight table: per slot a thread's state and its enters. */
function inflightTable(slots: readonly { state?: number; enters?: bigint }[]): Uint32Array {
  const longs = new BigUint64Array((slots.length * inflightLayout.size) / 8)
  for (const [i, { state = layout.IDLE, enters = 0n }] of slots.entries()) {
    const at = (i * inflightLayout.size) / 8
    longs[at + inflightLayout.owner / 8] = (BigInt(state) << 32n) | BigInt(i + 1)
    longs[at + inflightLayout.enters / 8] = enters
  }
  return new Uint32Array(longs.buffer)
}

type Field = Exclude<keyof typeof booksLayout, 'size' | 'pad' | 'lost'>
type PerCpu = Partial<Record<Field, bigint>> & { readonly lost?: Readonly<Record<string, bigint>> }

function booksOf(...cpus: readonly PerCpu[]): BigUint64Array {
  const books = new BigUint64Array((cpus.length * booksLayout.size) / 8)
  for (const [cpu, { lost = {}, ...fields }] of cpus.entries()) {
    const start = (cpu * booksLayout.size) / 8
    for (const [field, value] of Object.entries(fields))
      books[start + booksLayout[field as Field] / 8] = value
    for (const { id, name } of REASONS) books[start + booksLayout.lost / 8 + id] = lost[name] ?? 0n
  }
  return books
}

const nobody = () => new ArrayBuffer(0)

const entries = suite('readEntries')
entries('adds up the enters of all slots, whoever owned them', () => {
  const table = inflightTable([{ enters: 5n }, {}, { enters: 2n ** 32n + 7n }])
  assert.is(readEntries(table, booksOf({}), nobody).enters, 2 ** 32 + 12)
})
for (const [name, state, isInFlight] of [
  ['idle', layout.IDLE, false],
  ['in a call', layout.IN_CALL, true],
  ['in a call that was there before', layout.IN_OLD_CALL, true],
  ['condemned', layout.CONDEMNED, false],
] as const)
  entries(`${isInFlight ? 'counts' : 'leaves out'} a thread that is ${name}`, () => {
    const table = inflightTable([{}, { state }])
    assert.is(readEntries(table, booksOf({}), nobody).inFlight, isInFlight ? 1 : 0)
  })
entries('adds the enters of threads without a slot, and calls from before, of all CPUs', () => {
  const books = booksOf({ enters: 3n, attached: 5n }, { enters: 4n, attached: BigInt.asUintN(64, -2n) })
  const { enters, attached } = readEntries(inflightTable([{ enters: 1n }]), books, nobody)
  assert.equal([enters, attached], [8, 3])
})

/** Entries of the hash table: a 4-byte key before each value. */
function collisions(states: readonly number[]): ArrayBuffer {
  const words = new Uint32Array(states.length * (WORDS + 1))
  for (const [i, state] of states.entries())
    words.set(inflightTable([{ state }]).subarray(0, WORDS), i * (WORDS + 1) + 1)
  return words.buffer
}

entries('looks beside the table only when threads had to share slots', () => {
  const beside = () => collisions([layout.IN_CALL, layout.IDLE, layout.IN_OLD_CALL])
  const quiet = inflightTable([{}, { state: layout.IN_CALL }])
  assert.is(readEntries(quiet, booksOf({}), beside).inFlight, 1)
  assert.is(readEntries(quiet, booksOf({ inflightCollisions: 1n }), beside).inFlight, 3)
  assert.is(readEntries(inflightTable([{ state: layout.IN_CALL }]), booksOf({}), beside).inFlight, 3)
})
entries('never finds an enter without its call in flight, whenever the call begins', () => {
  for (let read = 0; read < 2 * WORDS; read++) {
    const table = inflightTable([{ enters: 7n }, { enters: 9n }])
    const begun = beginAtRead(table, read)
    const { enters, inFlight } = readEntries(begun, booksOf({}), nobody)
    assert.ok(enters - 16 <= inFlight, `enters ${enters}, in flight ${inFlight} at read ${read}`)
  }
})
entries.run()

/** The table, in which the second thread begins a call just before the n-th word is read. */
function beginAtRead(table: Uint32Array, n: number): Uint32Array {
  let reads = 0
  return new Proxy(table, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key) && reads++ === n) {
        target[WORDS + inflightLayout.owner / 4 + 1] = layout.IN_CALL
        target[WORDS + inflightLayout.enters / 4] = 10
      }
      const value: unknown = Reflect.get(target, key, target)
      return value
    },
  })
}

const quiet: Entries = { enters: 100, attached: 3, inFlight: 5 }
const totals = (by: Readonly<Record<number, number>>): Float64Array =>
  Float64Array.from({ length: 8 }, (_, outcome) => by[outcome] ?? 0)
/** 98 calls ended: with 5 in flight, all 103 that have begun. */
const ENDED = {
  [layout.OUTCOME_RETURNED]: 60,
  [layout.OUTCOME_ATTACHED]: 2,
  [layout.OUTCOME_RESTARTED]: 10,
  [layout.OUTCOME_KILLED]: 11,
  [layout.OUTCOME_NO_RETURN]: 15,
}

const balances = suite('balance')
for (const [name, ended, spilled, books, want] of [
  ['every enter is a counted call or in flight', ENDED, 0, {}, 0],
  ['a call is known by number only', { ...ENDED, [layout.OUTCOME_RETURNED]: 59 }, 1, {}, 0],
  ['a call is nowhere', { ...ENDED, [layout.OUTCOME_RETURNED]: 53 }, 0, {}, 7],
  ['calls ended after the enters were read', { ...ENDED, [layout.OUTCOME_RETURNED]: 90 }, 0, {}, 0],
  ['denied calls, which have no enter, are many', { ...ENDED, [layout.OUTCOME_DENIED]: 50 }, 0, {}, 0],
  ['an exit was missed', { ...ENDED, [layout.OUTCOME_RETURNED]: 58 }, 0, { exit_missed: 2n }, 0],
  ['a begin was forgotten', { ...ENDED, [layout.OUTCOME_RETURNED]: 58 }, 0, { inflight_full: 2n }, 0],
  ['a name is missing, and no call', ENDED, 0, { cgroup_ring_full: 9n }, 0],
] as const)
  balances(`finds ${want} unaccounted when ${name}`, () => {
    const result = balance(quiet, totals(ended), spilled, booksOf({ lost: books }), true)
    assert.is(result.unaccounted, want)
  })
balances('does not know what is unaccounted when not every enter is seen', () => {
  assert.is(balance(quiet, totals({}), 0, booksOf({}), false).unaccounted, undefined)
})
balances('knows of calls that the kernel left out', () => {
  const ended = totals({ ...ENDED, [layout.OUTCOME_RETURNED]: 50 })
  assert.is(balance(quiet, ended, 0, booksOf({}), true, 0).unaccounted, 10)
  assert.is(balance(quiet, ended, 0, booksOf({}), true, 10).unaccounted, 0)
})
balances('passes every figure on', () => {
  const first = { childReturns: 4n, inflightCollisions: 6n, lost: { ring_full: 1n, exit_missed: 2n } }
  const second = { childReturns: 5n, inflightCollisions: 7n, lost: { ring_full: 3n } }
  const ended = { ...ENDED, [layout.OUTCOME_DENIED]: 8 }
  assert.equal(balance(quiet, totals(ended), 9, booksOf(first, second), true), {
    ...quiet,
    returned: 62,
    restarted: 10,
    killed: 11,
    noReturn: 15,
    denied: 8,
    childReturns: 9,
    spilled: 9,
    lost: { ring_full: 4, exit_ring_full: 0, cgroup_ring_full: 0, inflight_full: 0, exit_missed: 2 },
    inflightCollisions: 13,
    unaccounted: 0,
    dropped: 0,
  })
})
balances.run()
