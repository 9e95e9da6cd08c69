/** Rings are drained beside a busy event loop: in order, into a bounded queue, and what finds no room stays in them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { NativeError } from '../../../native/addon.ts'
import { possibleCpus } from '../../../native/bpf-object.ts'
import { callGetppid, FACTS, Probe, type ProbeRecord, requireProbe } from './probe.ts'

requireProbe()

const RECORD_BYTES = 16
/** Size of a record with the kernel's header. */
const RING_RECORD_BYTES = RECORD_BYTES + 8
const KIB = 1024
const MIB = 1024 * KIB

function withRings(bytes: number, queueBytes: number): Probe {
  const probe = Probe.load()
  probe.object.startRings('rings', possibleCpus(), bytes, queueBytes)
  probe.object.attach('number_calls')
  return probe
}

/** Lets the drain's thread work, and nothing else here. */
function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** Records must be oldest first per CPU, and none twice. */
function assertOrdered(records: readonly ProbeRecord[]): void {
  const last = new Map<number, number>()
  for (const { number, cpu } of records) {
    assert.ok(number > (last.get(cpu) ?? -1), `${number} after ${last.get(cpu)} of CPU ${cpu}`)
    last.set(cpu, number)
  }
}

const order = suite('takeRecords')
order('gives everything, oldest first per ring', () => {
  using probe = withRings(4 * MIB, 64 * MIB)
  const calls = 100_003
  const records: ProbeRecord[] = []
  for (let left = calls; left > 0; left -= 1009) {
    callGetppid(Math.min(left, 1009))
    records.push(...probe.take())
  }
  assertOrdered(records)
  const numbers = records.map(record => record.number).sort((a, b) => a - b)
  assert.is(numbers.length, calls)
  assert.ok(numbers.every((number, i) => number === i))
  assert.equal([probe.facts()[FACTS.calls], probe.facts()[FACTS.dropped]], [BigInt(calls), 0n])
})
order('gives what was submitted before the call, however little', () => {
  using probe = withRings(64 * KIB, MIB)
  for (let calls = 1; calls < 20; calls++) {
    callGetppid(calls)
    assert.is(probe.take().length, calls)
  }
  assert.equal(probe.take(), [])
})
order('gives all of it, whether little or much', () => {
  using probe = withRings(4 * MIB, 64 * MIB)
  callGetppid(10)
  const small = probe.take()
  callGetppid(100_000)
  const large = probe.take()
  callGetppid(10)
  const next = probe.take()
  probe.object.close()
  const numbers = [small, large, next].map(batch => batch.map(record => record.number))
  assert.equal(
    numbers.map(all => [all.length, Math.min(...all), Math.max(...all)].join()),
    ['10,0,9', '100000,10,100009', '10,100010,100019'],
  )
})
order.run()

const bound = suite('the queue')
bound('fills while nobody takes, and is empty after', () => {
  using probe = withRings(64 * KIB, MIB)
  callGetppid(1009)
  stall(300)
  assert.equal(probe.object.ringInfo(), { queuedBytes: 1009 * RECORD_BYTES, stalls: 0n })
  assert.is(probe.take().length, 1009)
  assert.is(probe.object.ringInfo().queuedBytes, 0)
})
bound('takes no more than its size while nobody takes, and leaves the rest in the rings', () => {
  const queueBytes = 16 * KIB
  using probe = withRings(4 * MIB, queueBytes)
  const calls = 10_007
  callGetppid(calls)
  stall(300)
  const { queuedBytes, stalls } = probe.object.ringInfo()
  assert.ok(queuedBytes >= queueBytes, `${queuedBytes} bytes`)
  assert.ok(queuedBytes <= queueBytes + 2 * RECORD_BYTES, `${queuedBytes} bytes`)
  assert.ok(stalls > 0n)
  const records = probe.take()
  assertOrdered(records)
  assert.is(records.length, calls, 'and all are there when they are asked for')
})
bound('and the rings full, the program counts what found no room, and no other call is lost', () => {
  using probe = withRings(4 * KIB, 4 * KIB)
  const calls = 10_007
  callGetppid(calls)
  stall(100)
  const records = probe.take()
  assertOrdered(records)
  const dropped = Number(probe.facts()[FACTS.dropped])
  assert.is(records.length + dropped, calls)
  const most = possibleCpus() * ((4 * KIB) / RING_RECORD_BYTES) + (4 * KIB) / RECORD_BYTES
  assert.ok(dropped >= calls - most - 1000, `${dropped} dropped`)
  assert.ok(records.length >= 100, `${records.length} kept`)
})
bound.run()

const isRefused =
  (errno: number) =>
  (error: NativeError): boolean =>
    error.code === 'NATIVE_BPF_MAP_FAILED' && error.errno === errno

const start = suite('startRings')
const EINVAL = 22
for (const [name, bytes] of [
  ['no power of two', 12 * KIB],
  ['less than a page', 2 * KIB],
] as const)
  start(`refuses rings of ${name}, and may be asked again`, () => {
    using probe = Probe.load()
    assert.throws(() => probe.object.startRings('rings', 1, bytes, MIB), isRefused(EINVAL))
    probe.object.startRings('rings', 1, 4 * KIB, MIB)
  })
start('refuses more rings than the map has room for', () => {
  using probe = Probe.load()
  const rings = possibleCpus() + 1
  assert.throws(
    () => probe.object.startRings('rings', rings, 4 * KIB, MIB),
    (error: NativeError) => error.call === 'bpf_map_update_elem',
  )
})
start('refuses a second time, and keeps the first', () => {
  using probe = withRings(64 * KIB, MIB)
  callGetppid(5)
  assert.throws(() => probe.object.startRings('rings', 1, 4 * KIB, MIB), isRefused(114))
  callGetppid(5)
  assert.is(probe.take().length, 10)
})
start('refuses a map that holds no rings', () => {
  using probe = Probe.load()
  assert.throws(
    () => probe.object.startRings('facts', 1, 4 * KIB, MIB),
    (error: NativeError) => error.code === 'NATIVE_BPF_MAP_FAILED',
  )
})
start.run()
