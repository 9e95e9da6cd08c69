import { setImmediate as settled } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { GROUPINGS } from '../../../cli/top/groupings.ts'
import { firstState, Live } from '../../../cli/top/live.ts'
import type { TopSource } from '../../../cli/top/source.ts'
import { createPaint } from '../../../cli/top/style.ts'
import type { StatsQuery } from '../../../stats/api/query.ts'
import { type FakeClock, fakeClock } from '../../kit/clock.ts'
import { FAKE_END_MS, fakeNumbers, SHOP } from '../../kit/fake-numbers.ts'

const SIZE = { columns: 100, rows: 24 }

interface Begun {
  readonly live: Live
  readonly clock: FakeClock
  /** Questions so far. */
  readonly asked: StatsQuery[]
  readonly text: () => string
  /** What the source is to fail with; undefined: it answers. */
  failure: Error | undefined
  problems: string[]
  ended: Promise<void>
  readonly stop: AbortController
}

function begin(): Begun {
  const clock = fakeClock()
  const numbers = fakeNumbers(SHOP, () => FAKE_END_MS + clock.monotonicMs())
  const asked: StatsQuery[] = []
  const source: TopSource = {
    name: 'node-a',
    async query(query, abort) {
      asked.push(query)
      if (begun.failure) throw begun.failure
      return numbers.query(query, abort)
    },
    problems: () => begun.problems,
    close: async () => {},
  }
  const state = firstState({
    by: GROUPINGS[0]!.by,
    where: {},
    sort: 'rate',
    isAscending: false,
    show: 'all',
    windowMs: 5000,
    filter: '',
  })
  const live = new Live({ source, state, refreshMs: 1000, hasHosts: false, paint: createPaint(false), clock })
  const stop = new AbortController()
  const text = () => live.draw(SIZE).join('\n')
  const begun: Begun = {
    live,
    clock,
    asked,
    text,
    failure: undefined,
    problems: [],
    stop,
    ended: Promise.resolve(),
  }
  begun.ended = live.run(stop.signal)
  return begun
}

const lives = suite('Live')

lives('shows the first numbers as soon as they are there, and asks each second', async () => {
  const { clock, asked, text, stop } = begin()
  assert.match(text(), /waiting/)
  await settled()
  assert.match(text(), /epoll_wait/)
  await clock.advance(3000)
  assert.is(asked.length, 4)
  stop.abort()
})

lives('tells whoever watches of each answer', async () => {
  const { live, clock, stop } = begin()
  let changes = 0
  const unwatch = live.watch(() => changes++)
  await settled()
  await clock.advance(2000)
  assert.is(changes, 3)
  unwatch()
  await clock.advance(2000)
  assert.is(changes, 3)
  stop.abort()
})

lives('asks nothing while it stands still, but for what keys ask: of the same moment', async () => {
  const { live, clock, asked, text, stop } = begin()
  await clock.advance(2000)
  live.press({ text: ' ' })
  await clock.advance(5000)
  assert.match(text(), /FROZEN/)
  const before = asked.length
  live.press({ text: '7' })
  await settled()
  assert.is(asked.length, before + 1)
  assert.is(asked.at(-1)!.endMs, FAKE_END_MS + 2000)
  live.press({ text: ' ' })
  await settled()
  assert.is(asked.at(-1)!.endMs, undefined)
  stop.abort()
})

lives('says for how long there is no answer, and why, and shows what it had', async () => {
  const begun = begin()
  await begun.clock.advance(1000)
  begun.failure = new Error('node-a: refused')
  await begun.clock.advance(4000)
  assert.match(begun.text(), /no numbers for 3 s: node-a: refused/)
  assert.match(begun.text(), /epoll_wait/)
  begun.failure = undefined
  await begun.clock.advance(1000)
  assert.not.match(begun.text(), /no numbers/)
  begun.stop.abort()
})

lives('says what is missing from the numbers', async () => {
  const begun = begin()
  begun.problems = ['node-b: does not answer']
  await settled()
  assert.match(begun.text(), /node-b: does not answer/)
  begun.stop.abort()
})

lives('goes into a row and back', async () => {
  const { live, asked, text, stop } = begin()
  await settled()
  live.press({ text: '4' })
  await settled()
  text()
  live.press({ name: 'down' })
  text()
  live.press({ name: 'enter' })
  await settled()
  assert.equal(asked.at(-1)!.where, { namespace: ['shop'], pod: ['db-0'] })
  assert.match(text(), /postgres/)
  live.press({ name: 'backspace' })
  await settled()
  assert.equal(asked.at(-1)!.where, {})
  stop.abort()
})

for (const key of [{ text: 'q' }, { name: 'ctrl-c' }])
  lives(`ends with ${JSON.stringify(key)}`, async () => {
    const { live, clock, ended } = begin()
    await settled()
    live.press(key)
    await ended
    assert.is(clock.pending(), 0)
  })

lives('takes q as a letter while a filter is typed, Ctrl-C never', async () => {
  const { live, text, ended } = begin()
  await settled()
  live.press({ text: '/' })
  live.press({ text: 'q' })
  assert.match(text(), /filter: q_/)
  live.press({ name: 'ctrl-c' })
  await ended
})

lives('ends when told to', async () => {
  const { stop, ended, clock } = begin()
  stop.abort()
  await ended
  assert.is(clock.pending(), 0)
})

lives.run()
