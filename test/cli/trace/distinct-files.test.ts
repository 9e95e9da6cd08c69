import { linkSync, openSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkDistinct } from '../../../cli/trace/distinct-files.ts'
import { Scratch } from '../../kit/cli.ts'

const s = suite('checkDistinct')
for (const [name, toOther, make] of [
  ['the same name', path => path],
  ['a longer way to it', path => join(path, '../.', basename(path))],
  ['a symbolic link', path => `${path}.l`, symlinkSync],
  ['a second name', path => `${path}.h`, linkSync],
] as readonly (readonly [string, (path: string) => string, ((path: string, other: string) => void)?])[])
  s(`refuses ${name}`, () => {
    using scratch = new Scratch()
    const path = scratch.write('a', '')
    const other = toOther(path)
    make?.(path, other)
    assert.throws(
      () =>
        checkDistinct([
          ['--file', path],
          ['--record', other],
        ]),
      new RegExp(
        `^--record: must be another file than that of --file, got "${other}" for both; one would destroy the other$`,
      ),
    )
  })
s('refuses the file that standard output goes to', () => {
  using scratch = new Scratch()
  const path = scratch.write('a', '')
  const fd = openSync(path, 'r')
  const uses = [
    ['standard output', fd],
    ['standard error', fd],
  ] as const
  checkDistinct(uses)
  assert.throws(
    () => checkDistinct([...uses, ['--record', path]]),
    /--record: must be another file than that of standard error/,
  )
})
s('lets other files be, those that are not there, and what nobody can destroy', () => {
  using scratch = new Scratch()
  checkDistinct([
    ['--file', scratch.write('a', '')],
    ['--record', scratch.write('b', '')],
    ['c', '/no/such'],
    ['d', '/no/such'],
    ['e', '/dev/null'],
    ['f', '/dev/null'],
  ])
})
s.run()
