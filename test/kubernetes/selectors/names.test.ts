import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isContainer, toUnitMatch } from '../../../kubernetes/selectors/names.ts'

const ID = '0123456789abcdef'.repeat(4)
const containers = suite('isContainer')
for (const [wanted, name, id, want] of [
  ['db', 'db', ID, true],
  ['db', undefined, ID, false],
  [ID, 'db', ID, true],
  [ID.slice(0, 8), undefined, ID, true],
  [ID.slice(0, 7), undefined, ID, false],
  [ID.slice(0, 8), undefined, undefined, false],
] as const)
  containers(`${wanted} is ${want ? '' : 'not '}${name}`, () =>
    assert.is(isContainer(wanted, name, id), want),
  )
containers.run()

const units = suite('toUnitMatch')
for (const [pattern, unit, want] of [
  ['ssh', 'ssh.service', true],
  ['ssh.service', 'ssh.service', true],
  ['ssh', 'sshd.service', false],
  ['ssh*', 'sshd.service', true],
  ['user@?.service', 'user@1.service', true],
  ['user@?.service', 'user@10.service', false],
] as const)
  units(`${pattern} ${want ? 'is' : 'is not'} ${unit}`, () => assert.is(toUnitMatch(pattern)(unit), want))
units.run()
