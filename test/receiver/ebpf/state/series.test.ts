/** Series are exact integers, found again by their key, whatever else is added, moved and removed. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LATENCY_SLOTS } from '../../../../native/generated/layout.ts'
import { SeriesStore } from '../../../../receiver/ebpf/state/series.ts'
import { ANY_NUMBER, FOLDED_OUTCOME, withOutcome } from '../../../../syscalls/call.ts'
import { seeded } from '../../../kit/random.ts'
import { ReferenceStore, readStore } from './reference-store.ts'

const UNLIMITED = 1_000_000
const FOLDED = withOutcome(0, FOLDED_OUTCOME)

const keys = suite('row')
keys('is the same for the same key, and new for another owner, number or result', () => {
  const store = new SeriesStore(UNLIMITED)
  const row = store.row(1, 2, 3)
  assert.is(store.row(1, 2, 3), row)
  assert.is(new Set([row, store.row(2, 2, 3), store.row(1, 3, 3), store.row(1, 2, 4)]).size, 4)
  assert.is(store.rows, 4)
})
keys('takes every 32-bit word of a call as a key, whoever owns it', () => {
  const store = new SeriesStore(UNLIMITED)
  const words = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]
  const owners = [0, 1, 2, 1023, 5000]
  const rows = owners.flatMap(owner => words.flatMap(low => words.map(high => store.row(owner, low, high))))
  assert.is(new Set(rows).size, 125)
  assert.is(store.callHigh[store.row(0, 0, 0xffff_ffff)], 0xffff_ffff)
  assert.is(store.owner[store.row(5000, 0, 0)], 5000)
})
keys('finds every row again after growing far beyond its first capacity', () => {
  const store = new SeriesStore(UNLIMITED)
  const count = 20_011
  for (let i = 0; i < count; i++) {
    const row = store.row(i % 7, i, i % 3)
    store.addCalls(row, i, 2 * i)
    store.addSlot(row, i % LATENCY_SLOTS, i)
  }
  for (let i = 0; i < count; i++) {
    const row = store.row(i % 7, i, i % 3)
    assert.is(row, i)
    assert.is(store.calls[row], BigInt(i))
    assert.is(store.ns[row], BigInt(2 * i))
    assert.is(store.slot(row, i % LATENCY_SLOTS), i)
  }
})
keys('starts new rows when the kernel was last read without them', () => {
  const store = new SeriesStore(UNLIMITED)
  store.newRowsStartAt = 10n
  const early = store.row(1, 1, 0)
  store.newRowsStartAt = 20n
  const late = store.row(1, 2, 0)
  store.row(1, 1, 0)
  assert.equal([store.startTimeUnixNano[early], store.startTimeUnixNano[late]], [10n, 20n])
})
keys('folds what is over the limit into one row per owner, beside the limit', () => {
  const store = new SeriesStore(2)
  const kept = [store.row(1, 1, 0), store.row(1, 2, 0)]
  const first = store.row(1, 3, 0)
  assert.is(store.row(1, 4, 5), first)
  assert.is.not(store.row(2, 1, 0), first)
  assert.equal([store.callLow[first], store.callHigh[first]], [ANY_NUMBER, FOLDED])
  assert.equal([store.row(1, 1, 0), store.row(1, 2, 0)], kept)
  assert.is(store.rows, 4)
  assert.is(store.folded, 3)
})
keys('folds what one owner has too much of, and leaves room for others', () => {
  const store = new SeriesStore(UNLIMITED, 2)
  const kept = [store.row(1, 1, 0), store.row(1, 2, 0)]
  const folded = store.row(1, 3, 0)
  assert.equal([store.callLow[folded], store.callHigh[folded], store.folded], [ANY_NUMBER, FOLDED, 1])
  assert.is(store.callLow[store.row(2, 3, 0)], 3)
  assert.equal([store.row(1, 1, 0), store.row(1, 2, 0)], kept)
})
keys('has room again for an owner whose rows were removed', () => {
  const store = new SeriesStore(UNLIMITED, 2)
  for (let number = 0; number < 5; number++) store.row(1, number, 0)
  store.removeOwners(owner => owner === 1)
  assert.equal([store.callLow[store.row(1, 7, 0)], store.callLow[store.row(1, 8, 0)]], [7, 8])
})
keys('has room for what is known by number only, whatever the limit', () => {
  const store = new SeriesStore(1)
  store.row(1, 1, 0)
  assert.is(store.callLow[store.row(0, 7, FOLDED)], 7)
  assert.is(store.folded, 0)
})
keys.run()

const sums = suite('addCalls')
for (const [name, amounts] of [
  ['across 2^32', [2 ** 32 - 1, 1, 2 ** 32 - 1, 2 ** 32]],
  ['across 2^53', [2 ** 53 - 1, 2 ** 53 - 1, 1, 3]],
  ['at a carry out of the low word', [0xffff_ffff, 0xffff_ffff, 2]],
  ['of nothing', [0, 0]],
] as const)
  sums(`adds exactly ${name}`, () => {
    const store = new SeriesStore(UNLIMITED)
    const row = store.row(1, 1, 0)
    for (const amount of amounts) store.addCalls(row, amount, amount)
    const want = amounts.reduce((sum, amount) => sum + BigInt(amount), 0n)
    assert.equal([store.calls[row], store.ns[row]], [want, want])
  })
sums.run()

const slots = suite('addSlot')
for (const [name, amounts] of [
  ['across 2^32', [2 ** 32 - 1, 1, 1]],
  ['in steps of many times 2^32', [2 ** 40 + 5, 2 ** 40 + 6]],
  ['just below 2^53', [2 ** 53 - 2, 1]],
] as const)
  slots(`adds exactly ${name}`, () => {
    const store = new SeriesStore(UNLIMITED)
    const row = store.row(1, 1, 0)
    for (const amount of amounts) store.addSlot(row, 41, amount)
    assert.is(
      store.slot(row, 41),
      amounts.reduce((sum, amount) => sum + amount, 0),
    )
    assert.is(store.slot(row, 40), 0)
  })
slots('leaves a large count behind when its row is used again', () => {
  const store = new SeriesStore(UNLIMITED)
  store.addSlot(store.row(1, 1, 0), 3, 2 ** 40)
  store.removeOwners(() => true)
  const row = store.row(2, 2, 0)
  store.addSlot(row, 3, 1)
  assert.is(store.slot(row, 3), 1)
})
slots.run()

const moves = suite('moveOwners')
moves('adds up where both owners have the row, and keeps the earlier start', () => {
  const store = new SeriesStore(UNLIMITED)
  store.newRowsStartAt = 10n
  const held = store.row(5, 1, 0)
  store.addCalls(held, 2 ** 32, 7)
  store.addSlot(held, 2, 2 ** 32 + 1)
  store.newRowsStartAt = 20n
  const named = store.row(6, 1, 0)
  store.addCalls(named, 2 ** 32 - 1, 8)
  store.addSlot(named, 2, 2)
  store.moveOwners(new Map([[5, 6]]))
  assert.is(store.rows, 1)
  const row = store.row(6, 1, 0)
  assert.equal([store.calls[row], store.ns[row]], [2n ** 33n - 1n, 15n])
  assert.is(store.slot(row, 2), 2 ** 32 + 3)
  assert.is(store.startTimeUnixNano[row], 10n)
})
moves('does nothing when nothing moves', () => {
  const store = new SeriesStore(UNLIMITED)
  store.addCalls(store.row(1, 1, 0), 3, 0)
  store.moveOwners(new Map())
  assert.equal([store.rows, store.calls[0]], [1, 3n])
})
moves.run()

const removals = suite('removeOwners')
removals('closes the gap, and starts a returning key from nothing', () => {
  const store = new SeriesStore(UNLIMITED)
  for (let i = 0; i < 3000; i++) {
    const row = store.row(i % 3, i, 0)
    store.addCalls(row, i + 1, i)
    store.addSlot(row, 1, i + 1)
  }
  store.removeOwners(owner => owner === 1)
  assert.is(store.rows, 2000)
  const again = store.row(1, 1, 0)
  assert.equal([store.calls[again], store.ns[again], store.slot(again, 1)], [0n, 0n, 0])
  assert.is(store.calls[store.row(2, 2999, 0)], 3000n)
})
removals.run()

/** High words of calls: an error, an ABI, an outcome, folded. */
const HIGHS = [0, 2, 1 << 16, 3 << 24, FOLDED]
/** Amounts of every size, with the borders of words. */
const AMOUNTS = [0, 1, 2, 3, 1000, 0xffff_ffff, 2 ** 32, 2 ** 32 + 1, 2 ** 40 + 7, 2 ** 53 - 1]

function runRandomly(seed: number, maxRows: number, maxRowsPerOwner: number, steps: number): void {
  const random = seeded(seed)
  const upTo = (n: number) => Math.floor(random() * n)
  const store = new SeriesStore(maxRows, maxRowsPerOwner)
  const reference = new ReferenceStore(maxRows, maxRowsPerOwner)
  for (let step = 0; step < steps; step++) {
    const choice = upTo(1000)
    if (choice < 3) {
      const gone = upTo(12)
      store.removeOwners(owner => owner === gone)
      reference.removeOwners(owner => owner === gone)
    } else if (choice < 6) {
      // Held owners, 12 to 15, move to named ones, 0 to 11, as in the registry.
      const moving = new Map([12, 13, 14, 15].filter(() => random() < 0.4).map(owner => [owner, upTo(12)]))
      store.moveOwners(moving)
      reference.moveOwners(moving)
    } else if (choice < 10) {
      const start = BigInt(step)
      store.newRowsStartAt = start
      reference.newRowsStartAt = start
    } else {
      const key = [upTo(16), upTo(60), HIGHS[upTo(HIGHS.length)]!] as const
      const [calls, ns] = [AMOUNTS[upTo(AMOUNTS.length)]!, AMOUNTS[upTo(AMOUNTS.length)]!]
      const [slot, count] = [upTo(LATENCY_SLOTS), 1 + upTo(2) * upTo(0xffff_ffff)]
      const row = store.row(...key)
      store.addCalls(row, calls, ns)
      store.addSlot(row, slot, count)
      reference.add(key, calls, ns, slot, count)
    }
  }
  assert.equal(readStore(store), reference.read())
  assert.is(store.folded, reference.folded)
}

const random = suite('any order of operations')
for (const [seed, maxRows, maxRowsPerOwner, steps] of [
  [1, UNLIMITED, UNLIMITED, 20_000],
  [2, UNLIMITED, UNLIMITED, 20_000],
  [3, 100, UNLIMITED, 20_000],
  [4, 1, UNLIMITED, 5000],
  [5, 700, UNLIMITED, 20_000],
  [6, UNLIMITED, 50, 20_000],
  [7, 500, 40, 20_000],
] as const)
  random(`agrees with a plain map: seed ${seed}, at most ${maxRows} rows, ${maxRowsPerOwner} per owner`, () =>
    runRandomly(seed, maxRows, maxRowsPerOwner, steps),
  )
random.run()
