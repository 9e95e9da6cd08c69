/** Calls known by number only are added once, whichever CPU and table they come from. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ABIS, SPILLED_NUMBERS, spilledLayout } from '../../../../native/generated/layout.ts'
import { SPILLED_REST, SpilledReader } from '../../../../receiver/ebpf/state/spilled.ts'

type Added = [abi: number, number: number, calls: number, ns: number]

/** A table of two CPUs and its reader. */
function twoCpus() {
  const longs = new BigUint64Array((2 * ABIS * SPILLED_NUMBERS * spilledLayout.size) / 8)
  const reader = new SpilledReader(2)
  const set = (cpu: number, abi: number, number: number, calls: bigint, ns: bigint) => {
    const at = (((cpu * ABIS + abi) * SPILLED_NUMBERS + number) * spilledLayout.size) / 8
    longs[at + spilledLayout.calls / 8] = calls
    longs[at + spilledLayout.ns / 8] = ns
  }
  const read = () => {
    const added: Added[] = []
    reader.read(new Uint32Array(longs.buffer), (...entry) => added.push(entry))
    return added
  }
  return { reader, set, read }
}

const read = suite('read')
read('gives nothing of an empty table', () => {
  assert.equal(twoCpus().read(), [])
})
read('gives what is new, once', () => {
  const { set, read, reader } = twoCpus()
  set(0, 0, 3, 5n, 50n)
  assert.equal(read(), [[0, 3, 5, 50]])
  assert.equal(read(), [])
  set(0, 0, 3, 7n, 80n)
  assert.equal(read(), [[0, 3, 2, 30]])
  assert.is(reader.total, 7)
})
read('tells CPUs, ABIs and numbers apart', () => {
  const { set, read, reader } = twoCpus()
  set(0, 0, 0, 1n, 10n)
  set(0, 2, SPILLED_REST, 2n, 20n)
  set(1, 0, 0, 3n, 30n)
  set(1, 1, 511, 4n, 40n)
  assert.equal(read(), [
    [0, 0, 1, 10],
    [2, SPILLED_REST, 2, 20],
    [0, 0, 3, 30],
    [1, 511, 4, 40],
  ])
  assert.is(reader.total, 10)
})
read('follows counters across 2^32', () => {
  const { set, read } = twoCpus()
  set(0, 0, 1, 0xffff_ffffn, 0xffff_fff0n)
  read()
  set(0, 0, 1, 0x1_0000_0001n, 0x2_0000_0000n)
  assert.equal(read(), [[0, 1, 2, 0x1_0000_0010]])
})
read('gives the time of a call that it caught half written when it is there', () => {
  const { set, read, reader } = twoCpus()
  set(0, 0, 1, 2n, 10n)
  read()
  set(0, 0, 1, 2n, 25n)
  assert.equal(read(), [[0, 1, 0, 15]])
  assert.is(reader.total, 2)
})
read.run()
