/** Runs `npm run types` and `npm run lint` as part of the tests. */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const s = suite('the whole tree')
const rows: readonly (readonly [string, string, readonly string[]])[] = [
  ['compiles', 'node_modules/.bin/tsc', ['-p', '.', '--pretty', 'false']],
  ['compiles for browsers', 'node_modules/.bin/tsc', ['-p', 'web', '--pretty', 'false']],
  ['is formatted and free of lint', 'node_modules/.bin/biome', ['ci', '--colors=off', '.']],
]
for (const [name, command, args] of rows)
  s(name, () => {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    assert.is(status, 0, `${stdout}${stderr}`)
  })

/** `%20` is no space: a checkout below `my work` would not be found. */
s('takes no path from a URL', () => {
  const files = globSync('{*,*/**/*}.{ts,tsx,mjs}', {
    exclude: path => /(?:^|\/)(?:node_modules|build|dist)$/.test(path),
  })
  assert.ok(files.length > 300, `${files.length} files`)
  const wrong = files.filter(path => /import\.meta\.url\)\.pathname/.test(readFileSync(path, 'utf8')))
  assert.equal(wrong, [])
})
s.run()
