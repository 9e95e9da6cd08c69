/** What `npm run types` and `npm run lint` check, as part of the tests. */
import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const s = suite('the whole tree')
const rows: readonly (readonly [string, string, readonly string[]])[] = [
  ['compiles', 'node_modules/.bin/tsc', ['-p', '.', '--pretty', 'false']],
  ['is formatted and free of lint', 'node_modules/.bin/biome', ['ci', '--colors=off', '.']],
]
for (const [name, command, args] of rows)
  s(name, () => {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    assert.is(status, 0, `${stdout}${stderr}`)
  })
s.run()
