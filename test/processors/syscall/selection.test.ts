import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Attributes } from '../../../pipeline/data/attributes.ts'

import { createSelection, type SelectionConfig } from '../../../processors/syscall/selection.ts'

const select = (lists: Partial<SelectionConfig>) =>
  createSelection({ syscalls: [], classes: [], groups: [], containers: [], units: [], ...lists })

const calls = suite('hasCall')
const callRows: readonly (readonly [Partial<SelectionConfig>, string | undefined, boolean])[] = [
  [{ syscalls: ['read'] }, 'read', true],
  [{ syscalls: ['sys_read'] }, 'read', true],
  [{ syscalls: ['read'] }, 'readv', false],
  [{ syscalls: ['syscall_0x3e7'] }, 'syscall_0x3e7', true],
  [{ classes: ['Network'] }, 'bpf', true],
  [{ classes: ['Network'] }, 'read', false],
  [{ classes: ['Other'] }, 'syscall_0x3e7', true],
  [{ groups: ['Sockets'] }, 'accept4', true],
  [{ groups: ['Sockets'] }, 'sendto', false],
  [{ groups: ['Unclassified'] }, 'syscall_0x1', true],
  [{ groups: ['PrivlidgedFileSystem'] }, 'mount', true],
  [{ groups: ['UnprivledgedFileSystem'] }, 'statfs', true],
  [{ syscalls: ['read'], classes: ['Network'], groups: ['Futex'] }, 'read', true],
  [{ syscalls: ['read'], classes: ['Network'], groups: ['Futex'] }, 'bind', true],
  [{ syscalls: ['read'], classes: ['Network'], groups: ['Futex'] }, 'futex', true],
  [{ syscalls: ['read'], classes: ['Network'], groups: ['Futex'] }, 'write', false],
  [{ syscalls: ['read'] }, undefined, false],
  [{ units: ['x'] }, 'read', true],
  [{ units: ['x'] }, undefined, true],
]
for (const [lists, name, want] of callRows)
  calls(`${JSON.stringify(lists)} ${want ? 'selects' : 'does not select'} ${name}`, () => {
    assert.is(select(lists).hasCall(name), want)
  })
calls.run()

const ID = '0123456789abcdef'.repeat(4)
const container = { 'container.id': ID, 'k8s.container.name': 'db' }
const unit = (name: string) => ({ 'systemd.unit': name })
const sources = suite('hasSource')
const sourceRows: readonly (readonly [Partial<SelectionConfig>, Attributes, boolean])[] = [
  [{ containers: [ID] }, container, true],
  [{ containers: [ID.slice(0, 12)] }, container, true],
  [{ containers: [ID.slice(0, 8)] }, container, true],
  [{ containers: [ID.slice(0, 7)] }, container, false],
  [{ containers: [ID.slice(1, 13)] }, container, false],
  [{ containers: [`${ID}0`] }, container, false],
  [{ containers: ['db'] }, container, true],
  [{ containers: ['db'] }, { 'container.id': `db${ID.slice(2)}` }, false],
  [{ containers: ['d'] }, container, false],
  [{ containers: ['db'] }, {}, false],
  [{ units: ['ssh.service'] }, unit('ssh.service'), true],
  [{ units: ['ssh'] }, unit('ssh.service'), true],
  [{ units: ['ssh'] }, unit('ssh.socket'), false],
  [{ units: ['ssh.service'] }, unit('sshd.service'), false],
  [{ units: ['ssh*'] }, unit('sshd.service'), true],
  [{ units: ['*.scope'] }, unit('session-4.scope'), true],
  [{ units: ['user@?.service'] }, unit('user@1.service'), true],
  [{ units: ['user@?.service'] }, unit('user@10.service'), false],
  [{ units: ['a.b*'] }, unit('aXb.service'), false],
  [{ units: ['a+*'] }, unit('a+b.service'), true],
  [{ units: ['(x)[1]*'] }, unit('(x)[1].service'), true],
  [{ units: ['*'] }, {}, false],
  [{ units: ['ssh'], containers: ['db'] }, container, true],
  [{ units: ['ssh'], containers: ['db'] }, unit('ssh.service'), true],
  [{ units: ['ssh'], containers: ['db'] }, unit('cron.service'), false],
  [{ syscalls: ['read'] }, {}, true],
]
for (const [lists, resource, want] of sourceRows)
  sources(
    `${JSON.stringify(lists)} ${want ? 'selects' : 'does not select'} ${JSON.stringify(resource)}`,
    () => {
      assert.is(select(lists).hasSource(resource), want)
    },
  )
sources.run()
