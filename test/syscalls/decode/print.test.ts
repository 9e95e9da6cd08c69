import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OUTCOME_KILLED, OUTCOME_NO_RETURN, OUTCOME_RESTARTED } from '../../../native/generated/layout.ts'
import { printCall } from '../../../syscalls/decode/print.ts'
import { type CallSpec, type ChunkSpec, tracedCall } from '../../kit/traced-call.ts'

/** Returns six words of a 32-bit program's memory. */
function words(...values: number[]): ChunkSpec {
  const all = Uint32Array.from({ length: 6 }, (_, i) => values[i] ?? 0)
  return { order: 0, bytes: new Uint8Array(all.buffer) }
}

const s = suite('printCall')
const AT_FDCWD = 0xffffff9cn
const address = (value: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(value).buffer)

const rows: [string, CallSpec, string][] = [
  [
    'a path, flags and a descriptor',
    {
      call: 'openat',
      arguments: [AT_FDCWD, 0x7ffe00, 0x80000, 0o644],
      chunks: [{ order: 1, bytes: '/etc/ld.so.cache' }],
      ret: 3,
    },
    'openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3',
  ],
  [
    'a mode without a type',
    { call: 'mknod', arguments: [0x1000, 0o4755], chunks: [{ order: 0, bytes: 'a' }] },
    'mknod("a", S_ISUID|0755) = 0',
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
  [
    'an old call of i386 by the one it stands for',
    { abi: 'i386', call: 'socketcall', arguments: [1, 0x1000], ret: 3, chunks: [words(2, 0x80001, 6)] },
    'socketcall(SYS_SOCKET, [AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP]) = 3',
  ],
  [
    'an old call of i386 that stands for none',
    { abi: 'i386', call: 'socketcall', arguments: [99, 0x1000], ret: -22, chunks: [words(2, 1, 0)] },
    'socketcall(0x63 /* SYS_??? */, 0x1000) = -1 EINVAL (Invalid argument)',
  ],
  [
    'the mmap of i386 from memory',
    { abi: 'i386', call: 'mmap', arguments: [0x1000], ret: 0xf700_0000, chunks: [words(0, 8, 3, 0x22, -1)] },
    'mmap([NULL, 8, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0]) = 0xf7000000',
  ],
  [
    'queues of i386 by their command',
    { abi: 'i386', call: 'ipc', arguments: [23, 0, 4096, 0o1600], ret: 5 },
    'ipc(SHMGET, IPC_PRIVATE, 4096, IPC_CREAT|0600) = 5',
  ],
  [
    'a number in two registers',
    { abi: 'i386', call: 'pread64', arguments: [3, 0x1000, 5, 0xffff_fffe, 0xffff_ffff], ret: -22 },
    'pread64(3, 0x1000, 5, -2) = -1 EINVAL (Invalid argument)',
  ],
  [
    'flags by the values of arm64',
    { abi: 'arm64', call: 'openat', arguments: [AT_FDCWD, 0x1000, 0x4000], ret: 3 },
    'openat(AT_FDCWD, 0x1000, O_RDONLY|O_DIRECTORY) = 3',
  ],
  [
    'a list of strings, each cut by itself',
    {
      call: 'execve',
      arguments: [0x1000, 0x2000, 0x3000],
      chunks: [
        { order: 0, bytes: '/bin/ls' },
        { order: 1, bytes: 'ls' },
        { order: 1, part: 1, bytes: 'a\n\x1b[31m', isCut: true },
        { order: 1, part: 2, isLast: true },
      ],
    },
    'execve("/bin/ls", ["ls", "a\\n\\33[31m"...], 0x3000) = 0',
  ],
  [
    'a list of strings without its end',
    { call: 'execve', arguments: [0x1000, 0x2000, 0], ret: -2, chunks: [{ order: 1, bytes: 'ls' }] },
    'execve(0x1000, ["ls", ...], NULL) = -1 ENOENT (No such file or directory)',
  ],
  [
    'of a list what can be read, and addresses of the rest',
    {
      call: 'execve',
      arguments: [0x1000, 0x2000, 0],
      ret: -14,
      chunks: [
        { order: 1, bytes: 'ls' },
        { order: 1, part: 1, bytes: address(0x7f00_0000_1000n), isUnreadable: true },
        { order: 1, part: 2, bytes: '-l' },
        { order: 1, part: 3, isLast: true },
      ],
    },
    'execve(0x1000, ["ls", 0x7f0000001000, "-l"], NULL) = -1 EFAULT (Bad address)',
  ],
  [
    'the arguments of a script without what its interpreter was given',
    {
      call: 'execve',
      arguments: [0x1000, 0x2000, 0],
      chunks: [
        { order: 0, bytes: '/script' },
        { order: 1, bytes: 'name', entry: 1 },
        ...['/bin/sh', '-e', '/script', '/script', 'x'].map((bytes, i) => ({
          order: 1,
          part: i + 1,
          bytes,
          entry: 1,
        })),
        { order: 1, part: 6, isLast: true, entry: 1 },
      ],
    },
    'execve("/script", ["name", "/script", "x"], NULL) = 0',
  ],
  [
    'those of a script below a descriptor, and the first argument where it was kept',
    {
      call: 'execveat',
      arguments: [7, 0x1000, 0x2000, 0, 0],
      chunks: [
        { order: 1, bytes: 'script' },
        ...['/bin/sh', '/dev/fd/7/script', 'name', 'x'].map((bytes, part) => ({
          order: 2,
          part,
          bytes,
          entry: 2,
        })),
        { order: 2, part: 4, isLast: true, entry: 2 },
      ],
    },
    'execveat(7, "script", ["name", "x"], NULL, 0) = 0',
  ],
  [
    'memory that could not be read as its address',
    { call: 'chdir', arguments: [8], ret: -14, chunks: [{ order: 0, isUnreadable: true }] },
    'chdir(0x8) = -1 EFAULT (Bad address)',
  ],
]
for (const [name, spec, want] of rows) s(name, () => assert.is(printCall(tracedCall(spec)), want))
s.run()
