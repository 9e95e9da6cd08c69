/** A batch has every series with its exact numbers and its names, and stays as it is when the state goes on. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abisOf } from '../../../kernel/settings.ts'
import * as layout from '../../../native/generated/layout.ts'
import type { MetricsBatch, Resource } from '../../../pipeline/data/metrics.ts'
import { type BatchSource, toBatch } from '../../../receiver/ebpf/batch.ts'
import { SeriesStore } from '../../../receiver/ebpf/state/series.ts'
import { ANY_NUMBER, FOLDED_OUTCOME, withOutcome } from '../../../syscalls/call.ts'
import { toPoints } from '../../kit/metrics.ts'

const A: Resource = { id: 'container::a', attributes: { 'container.id': 'a' } }
const B: Resource = { id: 'unit:b', attributes: { 'systemd.unit': 'b' } }

interface Series {
  readonly owner?: number
  readonly number?: number
  readonly high?: number
  readonly calls?: number
  readonly ns?: number
  readonly slots?: Readonly<Record<number, number>>
}

function storeOf(...series: readonly Series[]): SeriesStore {
  const store = new SeriesStore(10_000)
  store.newRowsStartAt = 5n
  for (const { owner = 1, number = 0, high = 0, calls = 1, ns = 0, slots = {} } of series) {
    const row = store.row(owner, number, high)
    store.addCalls(row, calls, ns)
    for (const [slot, count] of Object.entries(slots)) store.addSlot(row, Number(slot), count)
  }
  return store
}

function batchOf(store: SeriesStore, parts: Partial<BatchSource> = {}): MetricsBatch {
  return toBatch({
    store,
    resourceOf: owner => [undefined, A, B][owner],
    ended: new Set(),
    timeUnixNano: 9n,
    epoch: 0,
    latency: 'exact',
    abis: abisOf('x64'),
    ...parts,
  })
}

const attributesOf = (...series: Series[]) =>
  toPoints(batchOf(storeOf(...series), { latency: 'off' })).map(point => point.attributes)

const attributes = suite('attributes')
const high = (error: number, abi: number, outcome: number) => ((outcome << 24) | (abi << 16) | error) >>> 0
for (const [name, number, word, want] of [
  ['a plain call has a name only', 257, 0, { 'syscall.name': 'openat' }],
  ['an errno', 257, 2, { 'syscall.name': 'openat', 'error.type': 'ENOENT' }],
  ['an errno without a name', 257, 4000, { 'syscall.name': 'openat', 'error.type': 'E_4000' }],
  ['a number without a name', 9999, 38, { 'syscall.name': 'syscall_0x270f', 'error.type': 'ENOSYS' }],
  [
    'the number -1, which is no syscall',
    0xffff_ffff,
    38,
    { 'syscall.name': 'syscall_0xffffffffffffffff', 'error.type': 'ENOSYS' },
  ],
  ['32-bit calls', 5, high(0, layout.ABI_COMPAT, 0), { 'syscall.name': 'open', 'syscall.abi': 'i386' }],
  ['x32 calls', 0x4000_0000, high(0, layout.ABI_X32, 0), { 'syscall.name': 'read', 'syscall.abi': 'x32' }],
  [
    'a restarted call',
    0,
    high(0, 0, layout.OUTCOME_RESTARTED),
    { 'syscall.name': 'read', 'syscall.outcome': 'restarted' },
  ],
  [
    'a denied call with its errno',
    0,
    high(1, 0, layout.OUTCOME_DENIED),
    { 'syscall.name': 'read', 'error.type': 'EPERM', 'syscall.outcome': 'denied' },
  ],
  [
    'a killed one',
    0,
    high(0, 0, layout.OUTCOME_KILLED),
    { 'syscall.name': 'read', 'syscall.outcome': 'killed' },
  ],
  [
    'a call that does not return',
    231,
    high(0, 0, layout.OUTCOME_NO_RETURN),
    { 'syscall.name': 'exit_group', 'syscall.outcome': 'no_return' },
  ],
  ['calls folded together', ANY_NUMBER, withOutcome(0, FOLDED_OUTCOME), { 'otel.metric.overflow': true }],
  [
    'calls known by number only',
    1,
    withOutcome(0, FOLDED_OUTCOME),
    { 'syscall.name': 'write', 'otel.metric.overflow': true },
  ],
] as const)
  attributes(`of ${name}`, () => {
    assert.equal(attributesOf({ number, high: word }), [want])
  })
attributes('are told apart row by row', () => {
  const rows = attributesOf(
    { number: 0 },
    { number: 1, high: 9 },
    { number: 0, high: high(0, 1, 0) },
    { number: 1 },
  )
  assert.equal(rows, [
    { 'syscall.name': 'read' },
    { 'syscall.name': 'write', 'error.type': 'EBADF' },
    { 'syscall.name': 'restart_syscall', 'syscall.abi': 'i386' },
    { 'syscall.name': 'write' },
  ])
})
attributes('have no column for overflow when nothing is folded', () => {
  const keys = batchOf(storeOf({})).tables[0]!.attributes.map(column => column.key)
  assert.equal(keys, ['syscall.name', 'error.type', 'syscall.outcome', 'syscall.abi'])
})
attributes.run()

const values = suite('values')
values('are calls, time and duration, exact beyond 2^53', () => {
  const store = storeOf(
    { calls: 2 ** 53 - 1, ns: 2 ** 53 - 1, slots: { 0: 1, 41: 2 ** 40 + 1 } },
    { calls: 2 ** 53 - 1, ns: 2 },
  )
  const points = toPoints(batchOf(store))
  assert.equal(
    points.map(({ metric, unit, value }) => [metric, unit, value]),
    [
      ['swoll.syscall.calls', '{call}', 2n ** 54n - 2n],
      ['swoll.syscall.time', 'ns', 2n ** 53n + 1n],
      [
        'swoll.syscall.duration',
        's',
        {
          sum: (2 ** 53 + 1) / 1e9,
          count: 2n ** 40n + 2n,
          zeroCount: 0n,
          buckets: { [layout.LATENCY_MIN_EXPONENT]: 1n, [layout.LATENCY_MIN_EXPONENT + 41]: 2n ** 40n + 1n },
        },
      ],
    ],
  )
})
for (const [latency, want] of [
  ['exact', ['swoll.syscall.calls', 'swoll.syscall.time', 'swoll.syscall.duration']],
  ['sampled', ['swoll.syscall.calls', 'swoll.syscall.duration']],
  ['off', ['swoll.syscall.calls']],
] as const)
  values(`with latency ${latency} are ${want.length} metrics`, () => {
    const [table] = batchOf(storeOf({}), { latency }).tables
    assert.equal(
      table!.metrics.map(metric => metric.name),
      want,
    )
  })
values('of a call that was never timed are an empty histogram', () => {
  const [, , duration] = batchOf(storeOf({}, { number: 1, slots: { 3: 4 } })).tables[0]!.metrics
  assert.ok(duration?.type === 'exponential_histogram')
  assert.equal([...duration.first], [0, 0, 1])
  assert.equal([[...duration.bucketIndex], [...duration.bucketCounts]], [[-27], [4n]])
})
values('have their times', () => {
  const store = storeOf({ number: 0 })
  store.newRowsStartAt = 7n
  store.row(1, 1, 0)
  const times = toPoints(batchOf(store, { latency: 'off' })).map(({ start, time }) => [start, time])
  assert.equal(times, [
    [5n, 9n],
    [7n, 9n],
  ])
})
values.run()

const resources = suite('resources')
resources('are listed once, and each row points at its own', () => {
  const store = storeOf({ owner: 2 }, { owner: 1 }, { owner: 2, number: 1 })
  const batch = batchOf(store, { latency: 'off' })
  assert.equal(batch.resources, [B, A])
  assert.equal(
    toPoints(batch).map(point => point.resource),
    [B.id, A.id, B.id],
  )
})
resources('hold back the rows of an owner without one', () => {
  const store = storeOf({ owner: 0, calls: 7 }, { owner: 1, calls: 8 }, { owner: 0, number: 1 })
  const points = toPoints(batchOf(store, { latency: 'off' }))
  assert.equal(
    points.map(point => [point.resource, point.value]),
    [[A.id, 8n]],
  )
})
resources('end with their last batch', () => {
  const store = storeOf({ owner: 1 }, { owner: 2 })
  assert.is(batchOf(store).tables[0]!.ended, undefined)
  const points = toPoints(batchOf(store, { latency: 'off', ended: new Set([2]) }))
  assert.equal(
    points.map(point => point.ended),
    [false, true],
  )
})
resources('of an empty state are none', () => {
  const batch = batchOf(storeOf())
  assert.equal([batch.resources, batch.tables[0]!.rows, toPoints(batch)], [[], 0, []])
})
resources.run()

const ownership = suite('the batch')
ownership('does not change when the state does', () => {
  const store = storeOf({ calls: 3, ns: 4, slots: { 5: 3 } }, { number: 1, calls: 5 })
  const batch = batchOf(store)
  const before = toPoints(batch)
  store.addCalls(0, 100, 100)
  store.addSlot(0, 5, 100)
  store.newRowsStartAt = 77n
  store.removeOwners(() => true)
  store.addCalls(store.row(2, 9, 9), 1, 1)
  assert.equal(toPoints(batch), before)
})
ownership.run()
