import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  findFaultWithContainer,
  findFaultWithUnit,
  isContainer,
  toUnitMatch,
} from '../../../kubernetes/selectors/names.ts'

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

const NO_UNIT = 'must be a systemd unit such as "ssh.service", or a pattern such as "user@*.service"'
const unitFaults = suite('findFaultWithUnit')
for (const [text, want] of [
  ['ssh', undefined],
  ['user@*.service', undefined],
  ['dev-disk-by\\x2duuid.swap', undefined],
  ['system.slice', undefined],
  ['*', undefined],
  ['/', NO_UNIT],
  ['', NO_UNIT],
  ['a b', NO_UNIT],
  ['/system.slice/ssh.service', NO_UNIT],
  ['a'.repeat(256), NO_UNIT],
  ['apt-daily.timer', 'must be a systemd unit that runs something, and those that end in .timer do not'],
  ['*.target', 'must be a systemd unit that runs something, and those that end in .target do not'],
] as const)
  unitFaults(JSON.stringify(text), () => assert.is(findFaultWithUnit(text), want))
unitFaults.run()

const NO_CONTAINER = 'must be the name of a container in its pod, or the first 8 digits of an id or more'
const containerFaults = suite('findFaultWithContainer')
for (const [text, want] of [
  ['nginx', undefined],
  ['a', undefined],
  [ID, undefined],
  ['web-0', undefined],
  ['', NO_CONTAINER],
  ['web/0', NO_CONTAINER],
  ['Web', NO_CONTAINER],
  ['-web', NO_CONTAINER],
  [`${ID}0`, NO_CONTAINER],
] as const)
  containerFaults(JSON.stringify(text), () => assert.is(findFaultWithContainer(text), want))
containerFaults.run()
