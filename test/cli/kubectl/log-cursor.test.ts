import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LogCursor, readLogLines } from '../../../cli/kubectl/log-cursor.ts'

const at = (nanos: string, text: string) => `2026-01-02T03:04:05.${nanos}Z ${text}`
const takeAll = (cursor: LogCursor, lines: readonly string[]) =>
  lines.map(line => cursor.take(line)).filter(text => text !== undefined)

const s = suite('LogCursor')
s('gives lines without their times', () => {
  const cursor = new LogCursor()
  assert.equal(cursor.query(), {})
  assert.is(cursor.take(at('000000001', 'a b')), 'a b')
  assert.is(cursor.take('no time'), undefined)
})
s('goes on from the second of the last line, and gives none again', () => {
  const cursor = new LogCursor()
  const log = ['a', 'b', 'c', 'd', 'e', 'f'].map((text, i) => at(i < 3 ? '100000000' : `20000000${i}`, text))
  assert.equal(takeAll(cursor, log.slice(0, 2)), ['a', 'b'])
  assert.equal(cursor.query(), { sinceTime: '2026-01-02T03:04:05Z' })
  assert.equal(takeAll(cursor, log), ['c', 'd', 'e', 'f'])
  cursor.query()
  assert.equal(takeAll(cursor, [...log, at('300000000', 'g')]), ['g'])
})
s('passes all once it is behind what it had, even if the clock of the node was set back', () => {
  const cursor = new LogCursor()
  cursor.take(at('5', 'a'))
  cursor.query()
  assert.equal(takeAll(cursor, [at('5', 'a'), at('6', 'b'), at('1', 'c')]), ['b', 'c'])
})
s('compares times of different lengths and zones', () => {
  const cursor = new LogCursor()
  cursor.take('2026-01-02T03:04:05.5Z a')
  cursor.query()
  const again = ['2026-01-02T04:04:05.500000000+01:00 a', '2026-01-02T04:04:05.6+01:00 b']
  assert.equal(takeAll(cursor, again), ['b'])
})
for (const seed of [1, 2, 3])
  s(`gives each line once, cut wherever it is (${seed})`, () => {
    let state = seed
    const random = (below: number) => {
      state = (state * 48_271) % 2_147_483_647
      return state % below
    }
    let nanos = 0
    const log = Array.from({ length: 500 }, (_, i) => {
      nanos += random(2)
      return at(String(nanos).padStart(9, '0'), `line ${i}`)
    })
    const cursor = new LogCursor()
    const got: string[] = []
    for (let known = 0; known < log.length; ) {
      known = Math.min(log.length, known + random(40))
      cursor.query()
      got.push(...takeAll(cursor, log.slice(0, known)))
    }
    assert.equal(
      got,
      log.map((_, i) => `line ${i}`),
    )
  })
s.run()

async function* chunks(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text)
}
const lines = suite('readLogLines')
lines('gives whole lines, and not what was cut off', async () => {
  const got = []
  for await (const line of readLogLines(chunks('a', 'b\nc', '\n\nd'))) got.push(line)
  assert.equal(got, ['ab', 'c', ''])
})
lines('refuses a line that never ends', async () => {
  const mebibyte = 'x'.repeat(2 ** 20)
  const read = async () => {
    for await (const _ of readLogLines(chunks(...Array(33).fill(mebibyte)))) assert.unreachable()
  }
  assert.instance(await read().catch(error => error), RangeError)
})
lines.run()
