import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { abisOf } from '../../../kernel/settings.ts'
import { OUTCOME_DENIED } from '../../../native/generated/layout.ts'
import type { LogTable } from '../../../pipeline/data/logs.ts'
import { LogRows, toLogs } from '../../../trace/batches/to-logs.ts'
import { encodeCall } from '../../kit/traced-call.ts'
import { CONTAINER, eventBatch, threadOf, UNIX_OFFSET } from './event-batch.ts'

const ABIS = abisOf('x64')
const NOW = UNIX_OFFSET + 1_000_000n

/** Attributes of a row; without those that it lacks. */
function attributesOf(table: LogTable, row: number): Record<string, unknown> {
  const entries = table.attributes.map(column => {
    if (column.type === 'coded') return [column.key, column.values[column.codes[row]!]]
    return [column.key, column.type === 'integer' ? Number(column.values[row]) : bodyOf(column, row)]
  })
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

function bodyOf(text: { readonly bytes: Uint8Array; readonly first: Uint32Array }, row: number): string {
  return new TextDecoder().decode(text.bytes.subarray(text.first[row], text.first[row + 1]))
}

const s = suite('toLogs')
s('makes nothing of nothing', () => assert.is(toLogs(eventBatch([]), ABIS, NOW), undefined))
s('makes a record of each call', () => {
  const thread = threadOf({ tid: 12, tgid: 10, parentTgid: 9, comm: 'cat' })
  const call = encodeCall({ call: 'close', arguments: [3], ret: -9, tid: 12, startNs: 1000n, endNs: 1750n })
  const { resources, tables } = toLogs(eventBatch([[call, thread]]), ABIS, NOW)!
  assert.equal(resources, [CONTAINER])
  const [table] = tables as [LogTable]
  assert.equal([table.rows, table.eventName, table.severity.values[0]!.text], [1, 'swoll.syscall', 'INFO'])
  assert.equal([...table.timeUnixNano], [UNIX_OFFSET + 1000n])
  assert.is(table.observedTimeUnixNano, NOW)
  assert.is(bodyOf(table.body, 0), 'close(3) = -1 EBADF (Bad file descriptor)')
  assert.equal(attributesOf(table, 0), {
    'syscall.name': 'close',
    'syscall.class': 'FileSystem',
    'syscall.group': 'Files',
    'error.type': 'EBADF',
    'syscall.return_value': -9,
    'syscall.duration_ns': 750,
    'process.pid': 10,
    'process.vpid': 0,
    'process.parent_pid': 9,
    'process.real_user.id': 0,
    'thread.id': 12,
    'thread.name': 'cat',
  })
})
s('says what was not usual: another ABI, another outcome', () => {
  const thread = threadOf({ tid: 1 })
  const calls = [
    encodeCall({ call: 'getpid', abi: 'i386' }),
    encodeCall({ call: 'mount', outcome: OUTCOME_DENIED, ret: -1 }),
    encodeCall({ call: 'getpid' }),
  ]
  const [table] = toLogs(eventBatch(calls.map(call => [call, thread])), ABIS, NOW)!.tables
  const odd = [0, 1, 2].map(row => {
    const attributes = attributesOf(table!, row)
    return [attributes['syscall.abi'], attributes['syscall.outcome']]
  })
  assert.equal(odd, [
    ['i386', undefined],
    [undefined, 'denied'],
    [undefined, undefined],
  ])
})
s('keeps large values and times whole', () => {
  const startNs = 2n ** 40n + 0xffff_fff0n
  const call = encodeCall({ call: 'mmap', ret: 0x7fff_ffff_f000n, startNs, endNs: startNs + 2n ** 33n })
  const [table] = toLogs(eventBatch([[call, threadOf({ tid: 1 })]]), ABIS, NOW)!.tables
  assert.is(table!.timeUnixNano[0], UNIX_OFFSET + startNs)
  assert.is(attributesOf(table!, 0)['syscall.return_value'], 0x7fff_ffff_f000)
  assert.is(attributesOf(table!, 0)['syscall.duration_ns'], 2 ** 33)
})
s('makes a record of each loss', () => {
  const gap = { jobs: 1n, resource: undefined, reason: 'ring_full', events: 5 } as const
  const { resources, tables } = toLogs(
    eventBatch([], [gap, { ...gap, resource: CONTAINER, events: 2 }]),
    ABIS,
    NOW,
  )!
  const [table] = tables as [LogTable]
  assert.equal([table.eventName, table.severity.values[0]!.text], ['swoll.gap', 'WARN'])
  assert.is(bodyOf(table.body, 0), '5 system calls are missing here: ring_full')
  assert.equal(attributesOf(table, 1), { 'swoll.lost_events': 2, 'swoll.loss_reason': 'ring_full' })
  assert.equal(
    [...table.resource].map(index => resources[index]!.id),
    ['unresolved', CONTAINER.id],
  )
})
s.run()

const rows = suite('LogRows')
rows('has the calls that were added, of those that there are', () => {
  const thread = threadOf({ tid: 1 })
  const events = eventBatch([1, 2, 3].map(fd => [encodeCall({ call: 'close', arguments: [fd] }), thread]))
  const logs = new LogRows(events, ABIS)
  events.visit(ABIS, { call: call => call.argument(0).int !== 2 && logs.add(call, thread) })
  const [table] = logs.toLogs([], NOW)!.tables as [LogTable]
  assert.equal([table.rows, table.resource.length, table.body.first.length], [2, 2, 3])
  assert.equal([bodyOf(table.body, 0), bodyOf(table.body, 1)], ['close(1) = 0', 'close(3) = 0'])
})
rows.run()
