import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cached, Unavailable } from './cache.ts'

/** Runs `body` with an empty cache; gives the names that it left there. */
function inEmptyCache(body: () => void): string[] {
  const home = mkdtempSync(join(tmpdir(), 'swoll-cache-'))
  const before = process.env.XDG_CACHE_HOME
  process.env.XDG_CACHE_HOME = home
  try {
    body()
    return readdirSync(join(home, 'swoll', 'area'))
  } finally {
    rmSync(home, { recursive: true })
    if (before === undefined) delete process.env.XDG_CACHE_HOME
    else process.env.XDG_CACHE_HOME = before
  }
}

function fillWith(text: string): (work: string) => string {
  return work => {
    mkdirSync(join(work, 'root'))
    writeFileSync(join(work, 'root', 'file'), text)
    return join(work, 'root')
  }
}

const cache = suite('cached')
cache('fills a folder once, and keeps only what was asked to be kept', () => {
  const names = inEmptyCache(() => {
    const folder = cached('area', 'a', fillWith('first'))
    assert.is(cached('area', 'a', fillWith('second')), folder)
    assert.is(readFileSync(join(folder, 'file'), 'utf8'), 'first')
  })
  assert.equal(names, ['a'])
})
cache(
  'says why a folder cannot be filled, by the last line of what the program said, and leaves nothing',
  () => {
    const names = inEmptyCache(() => {
      const fail = () => {
        throw Object.assign(new Error('exit code 100'), {
          stderr: 'W: careful\nE: Unable to locate package x\n',
        })
      }
      const isExpected = (error: Error): boolean =>
        error instanceof Unavailable && error.message === 'a cannot be fetched: E: Unable to locate package x'
      assert.throws(() => cached('area', 'a', fail), isExpected)
    })
    assert.equal(names, [])
  },
)
cache('takes the folder of a process that was faster', () => {
  inEmptyCache(() => {
    const folder = cached('area', 'a', work => {
      const other = cached('area', 'a', fillWith('faster'))
      assert.ok(existsSync(other))
      return fillWith('slower')(work)
    })
    assert.is(readFileSync(join(folder, 'file'), 'utf8'), 'faster')
  })
})
cache.run()
