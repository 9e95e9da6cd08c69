import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { libseccompOf } from '../../seccomp/libseccomp.ts'
import { isCallName } from '../../syscalls/call-set.ts'
import { syscallNames } from '../../syscalls/tables/syscalls.ts'

const hasResolver = spawnSync('scmp_sys_resolver', ['read']).status === 0

const s = suite('libseccompOf')
s('knows names that are new, and says nothing of others', () => {
  assert.is(libseccompOf('read'), undefined)
  assert.is(libseccompOf('faccessat2'), '2.5.1')
  assert.is(libseccompOf('mseal'), '2.6.0')
  const later = syscallNames('x86_64').filter(name => libseccompOf(name) !== undefined)
  assert.ok(later.length > 30 && later.every(isCallName))
})
if (hasResolver)
  s('has a version for every name that the library of this host does not know', () => {
    const unknown = syscallNames('x86_64').filter(
      name => spawnSync('scmp_sys_resolver', [name], { encoding: 'utf8' }).stdout.trim() === '-1',
    )
    assert.equal(
      unknown.filter(name => libseccompOf(name) === undefined),
      [],
    )
  })
s.run()
