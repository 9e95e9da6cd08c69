/** Maps: arrays as live memory, hashes as entries. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NativeError } from '../../../native/addon.ts'
import { callGetppid, FACTS, Probe, requireProbe, word } from './probe.ts'

requireProbe()

const isRefused =
  (errno?: number) =>
  (error: NativeError): boolean =>
    error.code === 'NATIVE_BPF_MAP_FAILED' && (errno === undefined || error.errno === errno)

const EINVAL = 22

const memory = suite('mapMemory')
memory('is live: no call is needed to see what changed', () => {
  using probe = Probe.load()
  const facts = probe.facts()
  probe.object.attach('number_calls')
  for (let calls = 1n; calls <= 5n; calls++) {
    callGetppid(1)
    assert.is(facts[FACTS.calls], calls)
  }
})
memory('has values padded to 8 bytes, and whole pages', () => {
  using probe = Probe.load()
  probe.object.runIterator('count_tasks')
  const bytes = new Uint8Array(probe.object.mapMemory('padded'))
  assert.is(bytes.length % 4096, 0)
  for (let key = 0; key < 4; key++)
    assert.equal([...bytes.subarray(8 * key, 8 * key + 3)], [key + 1, key + 1, key + 1])
})
memory('of one map may be asked for twice', () => {
  using probe = Probe.load()
  const [first, second] = [probe.facts(), probe.facts()]
  probe.object.attach('number_calls')
  callGetppid(3)
  assert.equal([first[FACTS.calls], second[FACTS.calls]], [3n, 3n])
})
memory('outlives the object', () => {
  const probe = Probe.load()
  const facts = probe.facts()
  probe.object.attach('number_calls')
  callGetppid(3)
  probe.object.close()
  assert.is(facts[FACTS.calls], 3n)
})
memory('is refused of a map that cannot be mapped', () => {
  using probe = Probe.load()
  assert.throws(() => probe.object.mapMemory('last_by_key'), isRefused())
})
memory.run()

const hash = suite('readHash')
/** Entries of `last_by_key`, by key. */
function entriesOf(buffer: ArrayBuffer): [key: number, value: bigint][] {
  const view = new DataView(buffer)
  const entries = Array.from({ length: buffer.byteLength / 12 }, (_, i): [number, bigint] => [
    view.getUint32(12 * i, true),
    view.getBigUint64(12 * i + 4, true),
  ])
  return entries.sort(([a], [b]) => a - b)
}
hash('gives each key with its value, and nothing of an empty map', () => {
  using probe = Probe.load()
  assert.is(probe.object.readHash('last_by_key').byteLength, 0)
  probe.object.attach('number_calls')
  callGetppid(11)
  const want = [8n, 9n, 10n, 3n, 4n, 5n, 6n, 7n].map((value, key) => [key, value])
  assert.equal(entriesOf(probe.object.readHash('last_by_key')), want)
})
hash('refuses a map that is none', () => {
  using probe = Probe.load()
  assert.throws(() => probe.object.readHash('facts'), isRefused(EINVAL))
})
hash.run()

const update = suite('updateKeys')
/** Bytes of `last_by_key`'s keys, and of its values. */
const words = (...numbers: number[]) => new Uint8Array(Uint32Array.from(numbers).buffer)
const longs = (...numbers: bigint[]) => new Uint8Array(BigUint64Array.from(numbers).buffer)
update('adds and replaces, one and several at once', () => {
  using probe = Probe.load()
  probe.object.updateKeys('last_by_key', words(5), longs(1n))
  probe.object.updateKeys('last_by_key', words(7, 5, 6), longs(70n, 50n, 60n))
  assert.equal(entriesOf(probe.object.readHash('last_by_key')), [
    [5, 50n],
    [6, 60n],
    [7, 70n],
  ])
})
for (const [what, keys, values] of [
  ['no keys', words(), longs()],
  ['half a key', words(1, 2).subarray(0, 6), longs(1n)],
  ['fewer values than keys', words(1, 2), longs(1n)],
  ['more values than keys', words(1), longs(1n, 2n)],
] as const)
  update(`refuses ${what}`, () => {
    using probe = Probe.load()
    assert.throws(() => probe.object.updateKeys('last_by_key', keys, values), isRefused(EINVAL))
    assert.is(probe.object.readHash('last_by_key').byteLength, 0)
  })
update.run()

const keys = suite('deleteKey')
keys('takes away the key, and does not mind its absence', () => {
  using probe = Probe.load()
  probe.object.attach('number_calls')
  callGetppid(3)
  probe.object.detach('number_calls')
  for (const key of [1, 1, 7]) probe.object.deleteKey('last_by_key', word(key))
  assert.equal(entriesOf(probe.object.readHash('last_by_key')), [
    [0, 0n],
    [2, 2n],
  ])
})
for (const size of [0, 3, 5])
  keys(`refuses a key of ${size} bytes where keys have 4`, () => {
    using probe = Probe.load()
    assert.throws(() => probe.object.deleteKey('last_by_key', new Uint8Array(size)), isRefused(EINVAL))
  })
keys('refuses a map whose keys stay', () => {
  using probe = Probe.load()
  assert.throws(() => probe.object.deleteKey('facts', word(1)), isRefused(EINVAL))
})
keys.run()
