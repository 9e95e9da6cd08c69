import { constants } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { errnoName, errnoNames, errnoOf } from '../../../syscalls/tables/errnos.ts'

const s = suite('errnoName')
const rows: [number, string][] = [
  [1, 'EPERM'],
  [2, 'ENOENT'],
  [11, 'EAGAIN'],
  [35, 'EDEADLK'],
  [41, 'E_41'],
  [95, 'EOPNOTSUPP'],
  [133, 'EHWPOISON'],
  [512, 'ERESTARTSYS'],
  [515, 'ENOIOCTLCMD'],
  [517, 'EPROBE_DEFER'],
  [524, 'ENOTSUPP'],
  [531, 'ENOGRACE'],
  [532, 'E_532'],
  [4095, 'E_4095'],
]
for (const [errno, want] of rows) s(`${errno} is ${want}`, () => assert.is(errnoName(errno), want))

s('agrees with the C library, aliases aside', () => {
  const aliases = { EWOULDBLOCK: 'EAGAIN', ENOTSUP: 'EOPNOTSUPP' } as Record<string, string>
  for (const [name, errno] of Object.entries(constants.errno))
    assert.is(errnoName(errno), aliases[name] ?? name)
})
s.run()

const numbers = suite('errnoOf')
for (const [name, want] of [
  ['EPERM', 1],
  ['EWOULDBLOCK', 11],
  ['ENOTSUP', 95],
  ['ERESTARTSYS', 512],
  ['enoent', undefined],
  ['toString', undefined],
  ['', undefined],
] as const)
  numbers(`${name} is ${want}`, () => assert.is(errnoOf(name), want))
numbers('finds every name again', () => {
  assert.ok(errnoNames().length > 125)
  for (const name of errnoNames()) assert.is(errnoName(errnoOf(name)!), name)
})
numbers.run()
