import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  CALL_NAMES,
  CLASS_NAMES,
  classify,
  GROUP_ALIASES,
  GROUP_NAMES,
  UNCLASSIFIED,
} from '../../syscalls/classes.ts'
import { type Abi, syscallNames } from '../../syscalls/tables/syscalls.ts'

interface Reference {
  readonly aliases: Readonly<Record<string, string>>
  readonly syscalls: Readonly<Record<string, { class: string; group: string; origin: string }>>
}
const file = new URL('../fixtures/syscall/classes.json', import.meta.url)
const reference = JSON.parse(readFileSync(file, 'utf8')) as Reference

const s = suite('classify')

s('agrees with the reference on every call of x86-64', () => {
  for (const [name, { class: callClass, group }] of Object.entries(reference.syscalls))
    assert.equal(classify(name), { class: callClass, group }, name)
})

for (const abi of ['x86_64', 'i386', 'x32', 'arm64', 'arm'] satisfies Abi[])
  s(`has a home for every call of ${abi}`, () => {
    assert.equal(
      syscallNames(abi).filter(name => classify(name) === UNCLASSIFIED),
      [],
    )
  })

for (const name of ['syscall_0x3e7', 'sys_openat', 'OPENAT', '', 'toString', '__proto__'])
  s(`calls ${JSON.stringify(name)} unclassified`, () => {
    assert.equal(classify(name), { class: 'Other', group: 'Unclassified' })
  })
s.run()

const names = suite('names')
names('no call, class or group stands twice', () => {
  for (const list of [CALL_NAMES, CLASS_NAMES, GROUP_NAMES]) assert.is(new Set(list).size, list.length)
})
names('classes and groups are those that calls have, and those of the unclassified', () => {
  const found = [...CALL_NAMES, 'no such call'].map(classify)
  assert.equal([...new Set(found.map(c => c.class))], CLASS_NAMES)
  assert.equal([...new Set(found.map(c => c.group))], GROUP_NAMES)
})
names('the two misspelt groups of the original have their aliases', () => {
  assert.equal(Object.fromEntries(GROUP_ALIASES), reference.aliases)
  for (const group of GROUP_ALIASES.values()) assert.ok(GROUP_NAMES.includes(group))
})
names.run()
