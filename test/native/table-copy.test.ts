/** A copy of a counter table has each way as it was at one moment of one owner, or says that it has not. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { copyTable } from '../../native/bpf-object.ts'
import { counterLayout, setLayout, WAYS } from '../../native/generated/layout.ts'
import { lacksFile, requireAll } from '../kit/skip.ts'

requireAll(lacksFile('native/build/swoll.node'))

const seqAt = (set: number, way: number) =>
  (set * setLayout.size + setLayout.counters + way * counterLayout.size + counterLayout.seq) / 4
const sequences = (table: Uint32Array, sets: number) =>
  Array.from({ length: sets * WAYS }, (_, i) => table[seqAt(Math.floor(i / WAYS), i % WAYS)])

/** A table of different words everywhere, with these sequence numbers. */
function tableOf(sets: number, seq: (set: number, way: number) => number): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array((sets * setLayout.size) / 4).map((_, i) => i + 1)
  for (let set = 0; set < sets; set++)
    for (let way = 0; way < WAYS; way++) words[seqAt(set, way)] = seq(set, way)
  return words
}

const s = suite('copyTable')
s('copies all of a table at rest', () => {
  const live = tableOf(3, (set, way) => 2 * (set * WAYS + way) + 2)
  const copy = new Uint32Array(live.length)
  copyTable(live.buffer, copy.buffer, 3)
  assert.equal([...copy], [...live])
})
s('says of each way whether it may be read, and copies no other', () => {
  const states = [0, 2, 3, 0xffff_fffe]
  const live = tableOf(1, (_, way) => states[way]!)
  const copy = new Uint32Array(live.length).fill(0xdead)
  copyTable(live.buffer, copy.buffer, 1)
  assert.equal(sequences(copy, 1), states, 'never owned, stable, changing, stable')
  for (let way = 0; way < WAYS; way++) {
    const isCopied = way === 1 || way === 3
    const key = setLayout.cgroup / 4 + 2 * way
    const calls = (setLayout.counters + way * counterLayout.size + counterLayout.calls) / 4
    for (const at of [key, calls]) assert.is(copy[at], isCopied ? live[at] : 0xdead, `way ${way}`)
  }
})
s('keeps what an earlier copy had of a way that changes now, but not its sequence number', () => {
  const live = tableOf(1, () => 2)
  const copy = new Uint32Array(live.length)
  copyTable(live.buffer, copy.buffer, 1)
  live.fill(7)
  copyTable(live.buffer, copy.buffer, 1)
  assert.equal(sequences(copy, 1), [7, 7, 7, 7])
})
s('touches nothing beyond the sets it is told', () => {
  const live = tableOf(3, () => 2)
  const copy = new Uint32Array(live.length)
  copyTable(live.buffer, copy.buffer, 2)
  const end = (2 * setLayout.size) / 4
  assert.equal([...copy.subarray(0, end)], [...live.subarray(0, end)])
  assert.ok(copy.subarray(end).every(word => word === 0))
})
const room = (sets: number) => new ArrayBuffer(sets * setLayout.size)
for (const [name, live, copy, sets] of [
  ['a live table that is too small', room(1), room(2), 2],
  ['a copy that is too small', room(2), new ArrayBuffer(2 * setLayout.size - 1), 2],
  ['no sets', room(1), room(1), 0],
  ['a share of a set', room(2), room(2), 1.5],
  ['a view in place of a buffer', new Uint8Array(room(1)), room(1), 1],
  ['nothing', undefined, room(1), 1],
] as const)
  s(`refuses ${name}`, () => {
    assert.throws(
      () => copyTable(live as ArrayBuffer, copy, sets),
      (error: unknown) => error instanceof TypeError && /^copyTable \w+: must be/.test(error.message),
    )
  })
s.run()
