/** What has been in flight for long, and never what has just begun, whenever the kernel writes. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as layout from '../../../../native/generated/layout.ts'
import { findLongCalls, isInCall, SLOT_WORDS } from '../../../../receiver/ebpf/in-flight/long-calls.ts'

const { inflightLayout } = layout

interface Slot {
  readonly tid?: number
  readonly state?: number
  readonly call?: bigint
  readonly startNs?: bigint
  readonly cgroup?: bigint
  readonly enters?: bigint
}

function toTable(slots: readonly Slot[]): Uint32Array {
  const longs = new BigUint64Array((slots.length * inflightLayout.size) / 8)
  for (const [i, slot] of slots.entries()) {
    const { tid = i + 1, state = layout.IN_CALL, call = 0n, startNs = 0n, cgroup = 1n, enters = 1n } = slot
    const at = (i * inflightLayout.size) / 8
    longs[at + inflightLayout.owner / 8] = (BigInt(state) << 32n) | BigInt(tid)
    longs[at + inflightLayout.call / 8] = call
    longs[at + inflightLayout.startNs / 8] = startNs
    longs[at + inflightLayout.enters / 8] = enters
    longs[at + inflightLayout.cgroup / 8] = cgroup
  }
  return new Uint32Array(longs.buffer)
}

/** As `cgroup call calls since`. */
const show = (inflight: Uint32Array, latestNs: number, beside?: ArrayBuffer) =>
  findLongCalls({ inflight, beside }, latestNs).map(
    ({ cgroup, low, high, calls, oldestNs }) => `${cgroup} ${high}:${low} ${calls} ${oldestNs}`,
  )

const states = suite('isInCall')
for (const [state, want] of [
  [layout.IDLE, false],
  [layout.IN_CALL, true],
  [layout.IN_OLD_CALL, true],
  [layout.CONDEMNED, false],
] as const)
  states(`${want} for state ${state}`, () => {
    assert.is(isInCall(state), want)
    assert.is(show(toTable([{ state }]), 0).length, want ? 1 : 0)
  })
states.run()

const s = suite('findLongCalls')
s('adds up the threads of a cgroup that are in the same call, and has the oldest of them', () => {
  const slots = [
    { startNs: 30n },
    { startNs: 20n },
    { startNs: 10n, call: 1n },
    { startNs: 5n, cgroup: 2n },
    { startNs: 7n, call: (1n << 48n) | 1n },
  ]
  assert.equal(show(toTable(slots), 100), ['1 0:0 2 20', '1 0:1 1 10', '2 0:0 1 5', '1 65536:1 1 7'])
})
for (const [startNs, latestNs, want] of [
  [100n, 100, 1],
  [101n, 100, 0],
  [2n ** 32n, 2 ** 32, 1],
  [2n ** 32n + 1n, 2 ** 32, 0],
  [2n ** 40n, 2 ** 53, 1],
] as const)
  s(`${want === 1 ? 'has' : 'lacks'} a call since ${startNs}, at ${latestNs} or before`, () => {
    assert.is(show(toTable([{ startNs }]), latestNs).length, want)
  })
s('keeps ids of cgroups beyond 2^53 exact', () => {
  const cgroup = 2n ** 63n + 1n
  assert.is(findLongCalls({ inflight: toTable([{ cgroup }]) }, 0)[0]?.cgroup, cgroup)
})
s('reads the threads without a slot beside', () => {
  const entries = [{ startNs: 1n }, { startNs: 9n }, { state: layout.IDLE }]
  const beside = new Uint32Array(entries.length * (SLOT_WORDS + 1))
  const table = toTable(entries)
  for (const i of entries.keys())
    beside.set(table.subarray(i * SLOT_WORDS, (i + 1) * SLOT_WORDS), i * (SLOT_WORDS + 1) + 1)
  assert.equal(show(toTable([{ startNs: 3n }]), 5, beside.buffer), ['1 0:0 2 1'])
  assert.equal(show(toTable([]), 5, beside.buffer), ['1 0:0 1 1'])
})

/** A table that is another after so many reads of it. */
function changedAtRead(table: Uint32Array, read: number, change: (table: Uint32Array) => void): Uint32Array {
  let left = read
  return new Proxy(table, {
    get(target, key) {
      if (typeof key === 'string' && /^\d+$/.test(key) && left-- === 0) change(target)
      return Reflect.get(target, key)
    },
  })
}

/** As sys_enter writes it: the state first, the time last. */
const ENTER = [
  (words: Uint32Array) => words.set([layout.IN_CALL], inflightLayout.owner / 4 + 1),
  (words: Uint32Array) => words.set([99], inflightLayout.call / 4),
  (words: Uint32Array) => words.set([2], inflightLayout.enters / 4),
  (words: Uint32Array) => words.set([1000], inflightLayout.startNs / 4),
]

/** Reads up to the last look at when the call of the first of two slots began. Who is half written even then looks like one that is there. */
const READS = 16

s('never has a call that begins meanwhile, in the time of the call before', () => {
  for (let begun = 0; begun < ENTER.length; begun++)
    for (let read = 0; read < READS; read++) {
      const table = toTable([{ state: layout.IDLE, startNs: 1n }, { cgroup: 2n }])
      for (const write of ENTER.slice(0, begun)) write(table)
      const inflight = changedAtRead(table, read, words => {
        for (const write of ENTER.slice(begun)) write(words)
      })
      assert.equal(show(inflight, 500), ['2 0:0 1 0'], `${begun} written, then all at read ${read}`)
    }
})
s('leaves out a call that ends, and a slot that gets another owner, meanwhile', () => {
  const free = (words: Uint32Array) => words.fill(0, 0, 2)
  const other = (words: Uint32Array) => words.set([77], 0)
  for (const change of [free, other]) {
    const counts = new Set<number>()
    for (let read = 0; read < 30; read++)
      counts.add(show(changedAtRead(toTable([{ startNs: 1n }]), read, change), 500).length)
    assert.equal([...counts].sort(), [0, 1])
  }
})
s.run()
