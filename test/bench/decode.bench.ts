/**
 * The cost of printing one traced call, by call, from its record to the text; and its arguments for JSON.
 *
 *     node test/bench/decode.bench.ts
 */
import { printCall } from '../../syscalls/decode/print.ts'
import { TracedCall } from '../../syscalls/decode/traced-call.ts'
import { argumentsOf, type CallSpec, encodeCall } from '../kit/traced-call.ts'
import { median } from './kit/stats.ts'
import { toTable } from './kit/table.ts'

/** Records that are printed in turns, so that nothing stays in a register; and how often they are, per measurement. */
const RECORDS = 1000
const MEASUREMENTS = 301
const AT_FDCWD = 0xffffff9c
const CASES: readonly CallSpec[] = [
  { call: 'getppid', ret: 1 },
  { call: 'close', arguments: [3] },
  { call: 'read', arguments: [3, 0x7ffe_0000_1000, 4096], ret: 832 },
  { call: 'read', arguments: [3, 0x7ffe_0000_1000, 4096], ret: -11 },
  {
    call: 'write',
    arguments: [1, 0x7ffe_0000_1000, 6],
    ret: 6,
    chunks: [{ order: 1, bytes: new TextEncoder().encode('hello\n') }],
  },
  {
    call: 'openat',
    arguments: [AT_FDCWD, 0x7ffe_0000_1000, 0x80000, 0],
    ret: 3,
    chunks: [{ order: 1, bytes: '/usr/lib/x86_64-linux-gnu/libc.so.6' }],
  },
  { call: 'futex', arguments: [0x7ffe_0000_1000, 0x81, 1, 0, 0, 0], ret: 1 },
  { call: 'mmap', arguments: [0, 8192, 3, 0x22, -1, 0], ret: 0x7f3a_0000_0000 },
  { call: 'epoll_wait', arguments: [4, 0x7ffe_0000_1000, 512, -1], ret: 0 },
  {
    call: 'newfstatat',
    arguments: [3, 0x7ffe_0000_1000, 0x7ffe_0000_2000, 0x1000],
    ret: 0,
    chunks: [
      { order: 1, bytes: '' },
      { order: 2, bytes: new Uint8Array(144) },
    ],
  },
]

/** Nanoseconds per call. */
function measure(spec: CallSpec, use: (call: TracedCall) => unknown): number {
  const records = Array.from({ length: RECORDS }, (_, i) => encodeCall({ ...spec, tid: i }))
  const words = new Uint32Array(records.reduce((sum, { length }) => sum + length, 0))
  for (const [i, record] of records.entries()) words.set(record, i * record.length)
  const call = new TracedCall(['x86_64', 'i386', 'x32'])
  const times = Array.from({ length: MEASUREMENTS }, () => {
    const start = process.hrtime.bigint()
    for (let at = 0; at < words.length; at += words[at + 1]! / 4) use(call.moveTo(words, at))
    return Number(process.hrtime.bigint() - start) / RECORDS
  })
  return median(times)
}

const rows = CASES.map(spec => {
  const text = printCall(new TracedCall(['x86_64']).moveTo(encodeCall(spec), 0))
  return [
    text.length > 60 ? `${text.slice(0, 57)}...` : text,
    measure(spec, call => printCall(call).length).toFixed(0),
    measure(spec, call => argumentsOf(call).length).toFixed(0),
  ]
})
process.stdout.write(`${toTable(['call', 'print, ns', 'arguments, ns'], rows)}\n`)
