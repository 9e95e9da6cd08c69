/** Parts of documents that tests make. */
import { readFileSync, writeFileSync } from 'node:fs'
import * as assert from 'uvu/assert'

/** The text between `<!-- begin name -->` and `<!-- end name -->` must be this. UPDATE_GOLDEN=1 rewrites it, and still fails. */
export function checkGenerated(path: string, name: string, want: string): void {
  const text = readFileSync(path, 'utf8')
  const begin = `<!-- begin ${name} -->\n`
  const [start, end] = [text.indexOf(begin) + begin.length, text.indexOf(`<!-- end ${name} -->`)]
  assert.ok(start >= begin.length && end >= start, `${path} should have the marks of ${name}`)
  if (process.env.UPDATE_GOLDEN === '1') {
    writeFileSync(path, `${text.slice(0, start)}\n${want}\n${text.slice(end)}`)
    throw new Error(`wrote ${path}; look at the difference and run again`)
  }
  assert.is(
    text.slice(start, end),
    `\n${want}\n`,
    `${path}: ${name} is not up to date; run again with UPDATE_GOLDEN=1`,
  )
}
