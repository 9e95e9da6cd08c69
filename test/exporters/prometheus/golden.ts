/** Exact texts kept in files. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'

const FOLDER = join(import.meta.dirname, '../../golden/prometheus')

/** Asserts that `text` is what the file holds. UPDATE_GOLDEN=1 writes the file, and still fails, so that the diff is looked at. */
export function assertGolden(name: string, text: string): void {
  const path = join(FOLDER, name)
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    throw new Error(`wrote ${name}; look at the difference and run again`)
  }
  assert.is(text, readFileSync(path, 'utf8'))
}
