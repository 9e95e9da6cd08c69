import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ARGUMENTS,
  AT_ENTRY,
  AT_SUCCESS,
  CALL_NUMBERS,
  COPY_BYTES,
  COPY_DESCRIPTOR,
  COPY_PAYLOAD,
  COPY_STRING,
  copiesLayout,
  copyLayout,
} from '../../../native/generated/trace-layout.ts'
import { encodeCopies } from '../../../syscalls/decode/copies.ts'
import type { Extras } from '../../../syscalls/decode/kind.ts'
import { type Abi, syscallNumber } from '../../../syscalls/tables/syscalls.ts'

/** The bytes of a call's orders, one array each, without the empty ones behind. */
function orders(abi: Abi, call: string, extras?: Extras): number[][] {
  const at = syscallNumber(abi, call)! * copiesLayout.size
  const bytes = encodeCopies(abi, extras).subarray(at, at + copiesLayout.size)
  const list = Array.from({ length: copiesLayout.size / copyLayout.size }, (_, i) => [
    ...bytes.subarray(i * copyLayout.size, (i + 1) * copyLayout.size),
  ])
  return list.filter(order => order.some(byte => byte !== 0))
}

/** 4095, a path without its NUL. */
const PATH_LIMIT = [0xff, 0x0f]
const s = suite('encodeCopies')
const rows: [Abi, string, number[][]][] = [
  ['x86_64', 'getpid', []],
  ['x86_64', 'close', [[0, COPY_DESCRIPTOR, AT_ENTRY, 0, 0, 0, 0, 0]]],
  [
    'x86_64',
    'openat',
    [
      [0, COPY_DESCRIPTOR, AT_ENTRY, 0, 0, 0, 0, 0],
      [1, COPY_STRING, AT_ENTRY, 0, ...PATH_LIMIT, 0, 1],
      [ARGUMENTS, COPY_DESCRIPTOR, AT_SUCCESS, 0, 0, 0, 0, 2],
    ],
  ],
  [
    'x86_64',
    'write',
    [
      [0, COPY_DESCRIPTOR, AT_ENTRY, 0, 0, 0, 0, 0],
      [1, COPY_PAYLOAD, AT_ENTRY, 2, 0, 0, 0, 1],
    ],
  ],
  ['x86_64', 'clock_gettime', [[1, COPY_BYTES, AT_SUCCESS, 0, 16, 0, 0, 0]]],
  ['i386', 'clock_gettime', [[1, COPY_BYTES, AT_SUCCESS, 0, 8, 0, 1, 0]]],
  ['arm64', 'chdir', [[0, COPY_STRING, AT_ENTRY, 0, ...PATH_LIMIT, 0, 0]]],
]
for (const [abi, call, want] of rows) s(`${call} of ${abi}`, () => assert.equal(orders(abi, call), want))

s('leaves out what is not wanted; the others keep their ids', () => {
  const none = { payload: false, descriptors: false, environments: false }
  assert.equal(orders('x86_64', 'write', none), [])
  assert.equal(orders('x86_64', 'openat', none), [[1, COPY_STRING, AT_ENTRY, 0, ...PATH_LIMIT, 0, 1]])
  assert.is(orders('x86_64', 'execve', none).length, 2)
  assert.is(orders('x86_64', 'execve', { ...none, environments: true }).length, 3)
})
s('has a place for every number, the last of which orders nothing', () => {
  const bytes = encodeCopies('x86_64')
  assert.is(bytes.length, CALL_NUMBERS * copiesLayout.size)
  assert.ok(bytes.subarray(-copiesLayout.size).every(byte => byte === 0))
})
s('orders nothing for numbers that no call has', () => {
  const at = 400 * copiesLayout.size
  assert.ok(
    encodeCopies('x86_64')
      .subarray(at, at + copiesLayout.size)
      .every(byte => byte === 0),
  )
})
s.run()
