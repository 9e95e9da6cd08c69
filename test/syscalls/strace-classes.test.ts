import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isCallName } from '../../syscalls/call-set.ts'
import { findStraceClass, STRACE_WORDS } from '../../syscalls/strace-classes.ts'

const words = suite('STRACE_WORDS')
for (const word of STRACE_WORDS)
  words(`${word} names calls that are known`, () => {
    const calls = [...findStraceClass(word)!]
    assert.ok(calls.length > 0)
    assert.equal(
      calls.filter(name => !isCallName(name)),
      [],
    )
  })
words.run()

const classes = suite('findStraceClass')
for (const [word, inside, outside] of [
  ['%file', 'openat', 'read'],
  ['%FILE', 'statx', 'fstat'],
  ['%desc', 'read', 'getpid'],
  ['%net', 'connect', 'open'],
  ['%network', 'connect', 'open'],
  ['%process', 'clone3', 'getpid'],
  ['%signal', 'rt_sigaction', 'read'],
  ['%ipc', 'shmget', 'pipe'],
  ['%memory', 'mseal', 'read'],
  ['%creds', 'setresuid', 'getpid'],
  ['%clock', 'clock_gettime', 'nanosleep'],
  ['%pure', 'getppid', 'getcwd'],
  ['%stat', 'stat', 'fstat'],
  ['%%stat', 'fstat', 'statfs'],
] as const)
  classes(`${word} has ${inside}, not ${outside}`, () => {
    const calls = findStraceClass(word)!
    assert.equal([calls.has(inside), calls.has(outside)], [true, false])
  })
for (const word of ['', '%', 'file', '%nothing', '%toString', '%__proto__'])
  classes(`${JSON.stringify(word)} is none`, () => assert.is(findStraceClass(word), undefined))
classes.run()
