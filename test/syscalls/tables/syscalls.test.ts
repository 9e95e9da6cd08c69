import { existsSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Abi } from '../../../syscalls/tables/syscalls.ts'
import { nativeAbi, syscallName, syscallNames, syscallNumber } from '../../../syscalls/tables/syscalls.ts'

const ABIS: readonly Abi[] = ['x86_64', 'i386', 'x32', 'arm64', 'arm']

const name = suite('syscallName')
const rows: [Abi, number, string][] = [
  ['x86_64', 0, 'read'],
  ['x86_64', 257, 'openat'],
  ['x86_64', 334, 'rseq'],
  ['x86_64', 335, 'uretprobe'],
  ['x86_64', 337, 'syscall_0x151'],
  ['x86_64', 424, 'pidfd_send_signal'],
  ['x86_64', 472, 'fchroot'],
  ['x86_64', 473, 'syscall_0x1d9'],
  ['x86_64', 512, 'syscall_0x200'],
  ['x86_64', 999, 'syscall_0x3e7'],
  ['x86_64', 0x7fff_ffff, 'syscall_0x7fffffff'],
  ['x86_64', 0x8000_0000, 'syscall_0xffffffff80000000'],
  ['x86_64', 0xffff_ffff, 'syscall_0xffffffffffffffff'],
  ['x86_64', -1, 'syscall_0xffffffffffffffff'],
  ['i386', 0, 'restart_syscall'],
  ['i386', 1, 'exit'],
  ['i386', 20, 'getpid'],
  ['i386', 102, 'socketcall'],
  ['i386', 295, 'openat'],
  ['i386', 407, 'clock_nanosleep_time64'],
  ['i386', 222, 'syscall_0xde'],
  ['x32', 0, 'read'],
  ['x32', 0x4000_0000, 'read'],
  ['x32', 0x4000_0000 + 39, 'getpid'],
  ['x32', 512, 'rt_sigaction'],
  ['x32', 0x4000_0000 + 520, 'execve'],
  ['x32', 547, 'pwritev2'],
  ['x32', 548, 'syscall_0x224'],
  ['x32', 59, 'syscall_0x3b'],
  ['x32', 0x4000_0000 + 999, 'syscall_0x3e7'],
  ['x32', 0xffff_ffff, 'syscall_0xffffffffffffffff'],
  ['arm64', 0, 'io_setup'],
  ['arm64', 56, 'openat'],
  ['arm64', 139, 'rt_sigreturn'],
  ['arm64', 244, 'syscall_0xf4'],
  ['arm64', 472, 'fchroot'],
  ['arm', 0, 'restart_syscall'],
  ['arm', 322, 'openat'],
  ['arm', 341, 'arm_sync_file_range'],
  ['arm', 403, 'clock_gettime64'],
  ['arm', 0x0f_0002, 'cacheflush'],
  ['arm', 0x0f_0005, 'set_tls'],
  ['arm', 0x0f_0007, 'syscall_0xf0007'],
]
for (const [abi, number, want] of rows) {
  name(`${abi} ${number} is ${want}`, () => assert.is(syscallName(abi, number), want))
}
// The compiler's own headers are an independent source: older than the tables, never different.
const HEADERS: [Abi, string, RegExp][] = [
  ['x86_64', 'unistd_64.h', /^#define __NR_(\w+) (\d+)$/gm],
  ['i386', 'unistd_32.h', /^#define __NR_(\w+) (\d+)$/gm],
  ['x32', 'unistd_x32.h', /^#define __NR_(\w+) \(__X32_SYSCALL_BIT \+ (\d+)\)$/gm],
]
for (const [abi, file, macro] of HEADERS) {
  const path = `/usr/include/x86_64-linux-gnu/asm/${file}`
  if (!existsSync(path)) continue
  name(`${abi} agrees with this machine's ${file}`, () => {
    const macros = [...readFileSync(path, 'utf8').matchAll(macro)]
    assert.ok(macros.length > 300)
    for (const [, want, number] of macros) assert.is(syscallName(abi, Number(number)), want)
  })
}
name.run()

const number = suite('syscallNumber')
for (const abi of ABIS) {
  number(`gives back every ${abi} number`, () => {
    const names = syscallNames(abi)
    assert.ok(names.length > 300)
    assert.is(new Set(names).size, names.length)
    for (const each of names) assert.is(syscallName(abi, syscallNumber(abi, each)!), each)
  })
}
number('is undefined for a call the ABI lacks', () => {
  assert.is(syscallNumber('x86_64', 'socketcall'), undefined)
  assert.is(syscallNumber('arm64', 'open'), undefined)
})
number.run()

const native = suite('nativeAbi')
for (const [arch, want] of [
  ['x64', 'x86_64'],
  ['arm64', 'arm64'],
  ['s390x', undefined],
] as const) {
  native(`of ${arch} is ${want}`, () => assert.is(nativeAbi(arch), want))
}
native.run()
