/** Every call is added exactly once, however calls, evictions, looks at the table and drains of the rings interleave. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  counterLayout,
  recordCounterLayout as counterRecord,
  recordHeaderLayout as header,
  LATENCY_SLOTS,
  OUTCOME_ATTACHED,
  OUTCOME_KILLED,
  OUTCOME_RETURNED,
  RECORD_CGROUP_BIRTH,
  RECORD_COUNTER,
  setLayout,
  UNTIMED,
  WAYS,
} from '../../../../native/generated/layout.ts'
import { DeltaReader } from '../../../../receiver/ebpf/state/deltas.ts'
import { SeriesStore } from '../../../../receiver/ebpf/state/series.ts'
import { seeded } from '../../../kit/random.ts'
import { type EndedCall, type KernelSizes, keyText, runToEnd, SimulatedKernel } from './simulated-kernel.ts'
import { type Damage, Scene } from './simulated-scene.ts'

const outcome = (code: number): bigint => BigInt(code) << 56n

const interleavings = suite('any interleaving')
const rows: readonly (readonly [name: string, seed: number, sizes: KernelSizes, steps: number])[] = [
  ['of two CPUs with room for all', 1, { cpus: 2, sets: 8, ring: 1000 }, 3000],
  ['of evictions at almost every call', 2, { cpus: 2, sets: 1, ring: 1000 }, 3000],
  ['of evictions and full rings', 3, { cpus: 2, sets: 2, ring: 6 }, 3000],
  ['of rings that hold one record', 4, { cpus: 1, sets: 1, ring: 1 }, 3000],
  ['of four CPUs', 5, { cpus: 4, sets: 1, ring: 20 }, 3000],
]
for (const [name, seed, sizes, steps] of rows)
  interleavings(`${name} counts every call once`, () => {
    const scene = new Scene(sizes, seeded(seed))
    scene.runRandomly(steps)
    scene.finish()
    assert.equal(scene.differences(), [])
    assert.is(scene.reader.outOfOrder, 0)
    assert.ok(scene.kernel.evictions > 20 || sizes.ring > 100, 'something left the table')
    const total = scene.reader.totals.reduce((a, b) => a + b, 0)
    assert.is(total + scene.kernel.spilled.length, scene.calls)
  })
interleavings('is looked at while ways are half written', () => {
  const scene = new Scene({ cpus: 2, sets: 1, ring: 50 }, seeded(6))
  scene.runRandomly(2000)
  assert.ok(scene.tornWays > 50, `${scene.tornWays} torn ways`)
  assert.ok(scene.kernel.spilled.length > 0, 'some calls found the ring full')
})
interleavings.run()

/** A reader of one way, and a copy of a table with that way in it. */
function oneWay() {
  const store = new SeriesStore(1000)
  const reader = new DeltaReader(1, WAYS, store, cgroupLow => cgroupLow)
  const words = new Uint32Array(setLayout.size / 4)
  const longs = new BigUint64Array(words.buffer)
  const counter = setLayout.counters / 8
  const show = (way: { seq: number; calls: bigint; ns: bigint; slot?: [number, number]; call?: bigint }) => {
    longs[setLayout.cgroup / 8] = 9n
    longs[setLayout.call / 8] = way.call ?? 5n
    longs[counter] = way.calls
    longs[counter + counterLayout.ns / 8] = way.ns
    words[2 * counter + counterLayout.seq / 4] = way.seq
    if (way.slot) words[2 * counter + counterLayout.slots / 4 + way.slot[0]] = way.slot[1]
    reader.addTable(words)
  }
  const evict = (way: { seq: number; calls: bigint; ns: bigint; slot?: [number, number] }) => {
    const record = new BigUint64Array(counterRecord.size / 8)
    const recordWords = new Uint32Array(record.buffer)
    recordWords[header.type / 4] = RECORD_COUNTER
    recordWords[header.seq / 4] = way.seq
    record[counterRecord.cgroup / 8] = 9n
    record[counterRecord.call / 8] = 5n
    record[counterRecord.calls / 8] = way.calls
    record[counterRecord.ns / 8] = way.ns
    if (way.slot) recordWords[counterRecord.slots / 4 + way.slot[0]] = way.slot[1]
    reader.addRecord(recordWords, 0)
  }
  const read = () => ({ calls: store.calls[0], ns: store.ns[0], slot: store.slot(0, 3), rows: store.rows })
  return { reader, store, show, evict, read }
}

const ways = suite('addTable')
ways('follows 64-bit counters across 2^32', () => {
  const way = oneWay()
  way.show({ seq: 2, calls: 0xffff_ffffn, ns: 0xffff_fffen, slot: [3, 7] })
  way.show({ seq: 2, calls: 0x1_0000_0001n, ns: 0x2_0000_0000n, slot: [3, 9] })
  assert.equal(way.read(), { calls: 0x1_0000_0001n, ns: 0x2_0000_0000n, slot: 9, rows: 1 })
})
ways('follows 32-bit slots across their wrap', () => {
  const way = oneWay()
  way.show({ seq: 2, calls: 0xffff_fff0n, ns: 0n, slot: [3, 0xffff_fff0] })
  way.show({ seq: 2, calls: 0x1_0000_0010n, ns: 0n, slot: [3, 0x10] })
  assert.is(way.read().slot, 0x1_0000_0010)
})
ways('completes a call that it caught half written', () => {
  const way = oneWay()
  way.show({ seq: 2, calls: 2n, ns: 100n, slot: [3, 1] })
  way.show({ seq: 2, calls: 2n, ns: 250n, slot: [3, 2] })
  assert.equal(way.read(), { calls: 2n, ns: 250n, slot: 2, rows: 1 })
})
ways('leaves a way alone that changes owner, and one whose last owner is not read yet', () => {
  const way = oneWay()
  way.show({ seq: 3, calls: 5n, ns: 5n })
  way.show({ seq: 4, calls: 6n, ns: 6n })
  assert.is(way.store.rows, 0)
  assert.is(way.reader.usedWays, 1)
})
ways('leaves a way alone whose sequence has come round to the one of an empty way', () => {
  const way = oneWay()
  way.evict({ seq: 0xffff_fffe, calls: 3n, ns: 3n })
  way.show({ seq: 0, calls: 5n, ns: 5n })
  assert.equal([way.read().calls, way.reader.usedWays], [3n, 0])
  way.evict({ seq: 0, calls: 7n, ns: 7n })
  assert.is(way.read().calls, 10n)
})
ways('tells the books, and nobody else, that a call began before the programs were attached', () => {
  const way = oneWay()
  way.show({ seq: 2, calls: 2n, ns: 0n, call: 5n | outcome(OUTCOME_ATTACHED) })
  way.evict({ seq: 2, calls: 2n, ns: 0n })
  way.show({ seq: 4, calls: 3n, ns: 0n })
  assert.equal([way.store.rows, way.store.callHigh[0], way.store.calls[0]], [1, 0, 5n])
  assert.equal([way.reader.totals[OUTCOME_ATTACHED], way.reader.totals[OUTCOME_RETURNED]], [2, 3])
})
ways('adds up totals by outcome', () => {
  const way = oneWay()
  way.show({ seq: 2, calls: 2n, ns: 0n, call: 5n | outcome(OUTCOME_KILLED) })
  assert.is(way.reader.totals[OUTCOME_KILLED], 2)
})
ways.run()

const records = suite('addRecord')
records('adds what the table had not shown yet', () => {
  const way = oneWay()
  way.show({ seq: 2, calls: 2n, ns: 20n, slot: [3, 2] })
  way.evict({ seq: 2, calls: 5n, ns: 70n, slot: [3, 5] })
  assert.equal(way.read(), { calls: 5n, ns: 70n, slot: 5, rows: 1 })
})
records('completes a call that the table had shown half written', () => {
  const way = oneWay()
  way.show({ seq: 2, calls: 2n, ns: 20n, slot: [3, 1] })
  way.evict({ seq: 2, calls: 2n, ns: 70n, slot: [3, 2] })
  assert.equal(way.read(), { calls: 2n, ns: 70n, slot: 2, rows: 1 })
})
records('makes no row of a counter that has nothing new', () => {
  const way = oneWay()
  way.show({ seq: 2, calls: 2n, ns: 20n })
  way.show({ seq: 2, calls: 2n, ns: 20n })
  way.store.removeOwners(() => true)
  way.evict({ seq: 2, calls: 2n, ns: 20n })
  assert.is(way.store.rows, 0)
})
records('notices a record that is missing, doubled or late, and goes on', () => {
  const missing = oneWay()
  missing.show({ seq: 2, calls: 9n, ns: 9n })
  missing.evict({ seq: 4, calls: 3n, ns: 3n })
  assert.equal([missing.reader.outOfOrder, missing.read().calls], [1, 12n])
  missing.show({ seq: 6, calls: 1n, ns: 1n })
  assert.equal([missing.reader.outOfOrder, missing.read().calls], [1, 13n])
  const doubled = oneWay()
  doubled.evict({ seq: 2, calls: 2n, ns: 2n })
  doubled.evict({ seq: 2, calls: 2n, ns: 2n })
  assert.is(doubled.reader.outOfOrder, 1)
})
records('notices each kind of damage on the way from the kernel', () => {
  const damages: readonly Damage[] = [all => all.slice(1), all => [all[0]!, ...all], all => all.toReversed()]
  for (const damage of damages) {
    const scene = new Scene({ cpus: 1, sets: 1, ring: 100 }, seeded(7))
    for (let i = 0; scene.kernel.evictions < 20; i++) scene.call(0, ended(i % 9))
    scene.drain(damage)
    assert.ok(scene.reader.outOfOrder > 0)
  }
})
records('knows the sizes of records of calls and counters only', () => {
  assert.is(DeltaReader.recordBytes(RECORD_COUNTER), counterRecord.size)
  assert.is(DeltaReader.recordBytes(RECORD_CGROUP_BIRTH), undefined)
})
records.run()

const simulated = suite('the simulated kernel')
simulated('counts what it is told, and evicts as the real one', () => {
  const hands = [0, 1, 2, 3, 0, 1, 2]
  const kernel = new SimulatedKernel({ cpus: 1, sets: 1, ring: 2 }, () => hands.shift()! / WAYS)
  for (let number = 0; number < 7; number++) runToEnd(kernel.count(0, ended(number)))
  assert.is(kernel.evictions, 2)
  assert.equal(
    kernel.spilled.map(call => call.call),
    [6n],
  )
  assert.is(Object.keys(kernel.account).length, 6)
  assert.is(kernel.account[keyText(ended(0))], '1 calls, 10 ns, slots 1: 1')
  const taken = kernel.take(0)
  assert.is(taken.length, 2 * (48 / 4))
  assert.is(taken[header.seq / 4], 2)
})
simulated.run()

function ended(number: number): EndedCall {
  return number % 5 === 4
    ? { cgroup: 1n, call: BigInt(number), ns: 0n, slot: UNTIMED }
    : { cgroup: 1n, call: BigInt(number), ns: 10n, slot: 1 % LATENCY_SLOTS }
}
