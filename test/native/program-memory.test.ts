/** The memory of code that only the start needs is given back, and what runs afterwards finds its code again. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { possibleCpus } from '../../native/bpf-object.ts'
import { releaseProgramMemory } from '../../native/process.ts'
import { lacksFile, requireAll } from '../kit/skip.ts'

requireAll(lacksFile('native/build/swoll.node'))

/** Resident pages of files (proc_pid_status(5)), in KiB. */
function residentOfFiles(): number {
  return Number(/^RssFile:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1])
}

/** Touches code all over Node: compression, hashes with their relocated tables, regular expressions, locales. */
function work(): string {
  const text = gunzipSync(gzipSync('swoll '.repeat(1000))).toString()
  return `${createHash('sha512').update(text).digest('hex')} ${text.match(/(?:swoll ){3}$/u)?.[0]} ${'ı'.toLocaleUpperCase('tr')} ${new Date(0).toISOString()}`
}

const s = suite('releaseProgramMemory')

s('does nothing where the addon is not loaded', () => {
  releaseProgramMemory()
})

s('takes most pages of the program away, and none of what it works with', () => {
  possibleCpus()
  const expected = work()
  const before = residentOfFiles()
  releaseProgramMemory()
  const after = residentOfFiles()
  assert.ok(after < before * 0.7, `${before} KiB before, ${after} KiB after`)
  assert.is(work(), expected)
  releaseProgramMemory()
  assert.is(work(), expected)
})

s.run()
