import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  createCallSet,
  findFaultWithCallSet,
  findFaultWithCalls,
  isCallName,
  toCallName,
} from '../../syscalls/call-set.ts'

const prefix = suite('toCallName')
for (const [input, want] of [
  ['sys_read', 'read'],
  ['read', 'read'],
  ['_sysctl', '_sysctl'],
  ['sys_sysinfo', 'sysinfo'],
] as const)
  prefix(`${input} → ${want}`, () => assert.is(toCallName(input), want))
prefix.run()

const names = suite('isCallName')
for (const [text, want] of [
  ['openat', true],
  ['sys_openat', true],
  ['socketcall', true],
  ['syscall_0x3e7', true],
  ['sys_syscall_0xffffffffffffffff', true],
  ['syscall_0x', false],
  ['syscall_0x0999', false],
  ['syscall_0xG', false],
  ['unknown_999', false],
  ['Network', false],
  ['', false],
] as const)
  names(`${JSON.stringify(text)} is ${want ? 'one' : 'none'}`, () => assert.is(isCallName(text), want))
names.run()

const RULE = 'must be a system call, a class or a group of them, or "all"'
const faults = suite('findFaultWithCalls')
for (const [word, want] of [
  ['openat', undefined],
  ['!sys_openat', undefined],
  ['Network', undefined],
  ['!Futex', undefined],
  ['PrivlidgedFileSystem', undefined],
  ['all', undefined],
  ['!all', undefined],
  ['opneat', `${RULE}; did you mean "openat"?`],
  ['!sys_raed', `${RULE}; did you mean "read"?`],
  ['network', undefined],
  ['!FILESYSTEM', undefined],
  ['%file', undefined],
  ['!%%Stat', undefined],
  ['%%%stat', `${RULE}; did you mean "%%stat"?`],
  ['file', `${RULE}; did you mean "%file"?`],
  ['desc', `${RULE}; did you mean "%desc"?`],
  ['%', RULE],
  ['constructor', RULE],
  ['%constructor', RULE],
  ['xyzzyxyzzy', RULE],
  ['', RULE],
  ['!', RULE],
] as const)
  faults(JSON.stringify(word), () => assert.is(findFaultWithCalls(word), want))
faults.run()

const wholes = suite('findFaultWithCallSet')
const NOTHING = 'must leave a system call to look at, and its words with ! take all of them away'
for (const [words, want] of [
  [[], undefined],
  [['all'], undefined],
  [['!openat'], undefined],
  [['!%file', '%desc'], undefined],
  [['syscall_0x3e7'], undefined],
  [['Other', '!syscall_0x0'], undefined],
  [['syscall_0x3e7', '!Other'], NOTHING],
  [['!all'], NOTHING],
  [['all', '!all'], NOTHING],
  [['openat', '!openat'], NOTHING],
  [['openat', '!sys_openat'], NOTHING],
  [['Sockets', '!Network'], NOTHING],
] as const)
  wholes(JSON.stringify(words), () => assert.is(findFaultWithCallSet(words), want))
wholes.run()

const sets = suite('createCallSet')
for (const [words, name, want] of [
  [[], 'read', true],
  [['read'], 'read', true],
  [['sys_read'], 'read', true],
  [['read'], 'readv', false],
  [['read', 'Network'], 'bind', true],
  [['Futex'], 'futex', true],
  [['Futex'], 'read', false],
  [['PrivlidgedFileSystem'], 'mount', true],
  [['Other'], 'syscall_0x7', true],
  [['all'], 'syscall_0x7', true],
  [['!read'], 'read', false],
  [['!read'], 'write', true],
  [['!Sockets', 'Network'], 'bind', false],
  [['!Sockets', 'Network'], 'sendto', true],
  [['Network', '!all'], 'sendto', false],
  [['syscall_0x7'], 'syscall_0x7', true],
  [['network'], 'bind', true],
  [['FUTEX'], 'futex', true],
  [['futex'], 'futex_wake', false],
  [['%file'], 'openat', true],
  [['%FILE'], 'read', false],
  [['%net'], 'bind', true],
  [['!%file'], 'unlinkat', false],
  [['%%stat'], 'statx', true],
] as const)
  sets(`${JSON.stringify(words)} ${want ? 'has' : 'has not'} ${name}`, () => {
    assert.is(createCallSet(words)(name), want)
  })
sets.run()
