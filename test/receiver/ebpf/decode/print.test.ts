import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OUTCOME_KILLED, OUTCOME_NO_RETURN, OUTCOME_RESTARTED } from '../../../../native/generated/layout.ts'
import { printCall } from '../../../../receiver/ebpf/decode/print.ts'
import { type CallSpec, tracedCall } from '../../../kit/traced-call.ts'

const s = suite('printCall')
const AT_FDCWD = 0xffffff9cn
const rows: [string, CallSpec, string][] = [
  [
    'a path, flags and a descriptor',
    {
      call: 'openat',
      arguments: [AT_FDCWD, 0x7ffe00, 0x80000, 0o644],
      chunks: [{ order: 0, bytes: '/etc/ld.so.cache' }],
      ret: 3,
    },
    'openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3',
  ],
  ['a call without arguments', { call: 'getppid', ret: 1 }, 'getppid() = 1'],
  [
    'an error, in the words of the C library',
    { call: 'close', arguments: [0xffffffff], ret: -9 },
    'close(-1) = -1 EBADF (Bad file descriptor)',
  ],
  ['an error without a name', { call: 'close', ret: -4095 }, 'close(0) = -1 E_4095 (Unknown error 4095)'],
  [
    'a restart',
    { call: 'read', arguments: [0, 0x1000, 16], ret: -512, outcome: OUTCOME_RESTARTED },
    'read(0, 0x1000, 16) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)',
  ],
  ['a call its thread died in', { call: 'read', outcome: OUTCOME_KILLED }, 'read(0, NULL, 0) = ?'],
  ['a call that does not return', { call: 'exit_group', outcome: OUTCOME_NO_RETURN }, 'exit_group(0) = ?'],
  [
    'a number without a name as six words',
    { call: 999, arguments: [1, 0, -1, 0x10], ret: -38 },
    'syscall_0x3e7(0x1, 0, 0xffffffffffffffff, 0x10, 0, 0) = -1 ENOSYS (Function not implemented)',
  ],
]
for (const [name, spec, want] of rows) s(name, () => assert.is(printCall(tracedCall(spec)), want))
s.run()
