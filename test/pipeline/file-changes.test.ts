import { mkdirSync, mkdtempDisposableSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watchFiles } from '../../pipeline/file-changes.ts'
import { fakeClock } from '../kit/clock.ts'

const changes = suite('watchFiles')

type TestClock = ReturnType<typeof fakeClock>

/** Looks take real time, on a busy machine more than this. */
async function look(clock: TestClock): Promise<void> {
  await clock.advance(10_000)
  await new Promise(resolve => setTimeout(resolve, 20))
}

/** Looks until it is so, for 10 s at most: one look may still be under way when the next is due. */
async function lookUntil(clock: TestClock, isSo: () => boolean): Promise<void> {
  for (let n = 0; n < 500 && !isSo(); n++) await look(clock)
}

for (const [name, before, change, isChange] of [
  ['nothing', (at: string) => writeFileSync(at, 'a'), () => {}, false],
  ['other content', (at: string) => writeFileSync(at, 'a'), (at: string) => writeFileSync(at, 'bc'), true],
  [
    'content of the same length',
    (at: string) => writeFileSync(at, 'a'),
    (at: string) => writeFileSync(at, 'b'),
    true,
  ],
  ['a file that goes', (at: string) => writeFileSync(at, 'a'), (at: string) => rmSync(at), true],
  ['a file that comes', () => {}, (at: string) => writeFileSync(at, 'a'), true],
  [
    'another file of this name',
    (at: string) => writeFileSync(at, 'a'),
    (at: string) => {
      writeFileSync(`${at}.new`, 'b')
      renameSync(`${at}.new`, at)
    },
    true,
  ],
  [
    'a file that holds the same',
    (at: string) => writeFileSync(at, 'a'),
    (at: string) => {
      writeFileSync(`${at}.new`, 'a')
      renameSync(`${at}.new`, at)
    },
    false,
  ],
  [
    'a volume of Kubernetes',
    (at: string) => {
      for (const [folder, text] of [
        ['1', 'a'],
        ['2', 'b'],
      ] as const) {
        mkdirSync(`${at}.${folder}`)
        writeFileSync(join(`${at}.${folder}`, 'f'), text)
      }
      symlinkSync(`${at}.1`, `${at}.data`)
      symlinkSync(`${at}.data/f`, at)
    },
    (at: string) => {
      symlinkSync(`${at}.2`, `${at}.data.new`)
      renameSync(`${at}.data.new`, `${at}.data`)
    },
    true,
  ],
] as const)
  changes(`${name} is ${isChange ? 'a' : 'no'} change, once`, async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-changes-'))
    const path = join(folder.path, 'file')
    before(path)
    const clock = fakeClock()
    let calls = 0
    const stop = watchFiles([path, join(folder.path, 'other')], clock, async () => void calls++)
    await look(clock)
    assert.is(calls, 0)
    change(path)
    if (isChange) await lookUntil(clock, () => calls === 1)
    else await look(clock)
    assert.is(calls, isChange ? 1 : 0)
    await look(clock)
    assert.is(calls, isChange ? 1 : 0)
    stop()
    assert.is(clock.pending(), 0)
  })

changes('looks while the last change is still being treated are left out', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-changes-'))
  const path = join(folder.path, 'file')
  const clock = fakeClock()
  const { promise, resolve } = Promise.withResolvers<void>()
  let calls = 0
  watchFiles([path], clock, () => {
    calls++
    return promise
  })
  await look(clock)
  writeFileSync(path, 'a')
  await lookUntil(clock, () => calls === 1)
  for (const text of ['bc', 'def']) {
    writeFileSync(path, text)
    await look(clock)
  }
  assert.is(calls, 1)
  resolve()
  await promise
  await lookUntil(clock, () => calls === 2)
  await look(clock)
  assert.is(calls, 2)
})

changes('who reads after the first look misses no change', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-changes-'))
  const path = join(folder.path, 'file')
  writeFileSync(path, 'a')
  const clock = fakeClock()
  let calls = 0
  watchFiles([path], clock, async () => void calls++)
  writeFileSync(path, 'b')
  await lookUntil(clock, () => calls === 1)
  assert.is(calls, 1)
})

changes('no files need no timer', () => {
  const clock = fakeClock()
  watchFiles([], clock, async () => {})
  assert.is(clock.pending(), 0)
})
changes.run()
