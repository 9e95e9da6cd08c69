import { stripVTControlCharacters } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { widthOf } from '../../../cli/top/cells.ts'
import { drawFrame, type Scene } from '../../../cli/top/frame.ts'
import { GROUPINGS } from '../../../cli/top/groupings.ts'
import { firstState } from '../../../cli/top/live.ts'
import { toQuery } from '../../../cli/top/question.ts'
import type { TopState } from '../../../cli/top/state.ts'
import { createPaint } from '../../../cli/top/style.ts'
import { statsQuery } from '../../../stats/api/query.ts'
import { FAKE_END_MS, fakeNumbers, SHOP } from '../../kit/fake-numbers.ts'
import { assertGolden } from '../../kit/golden.ts'

process.env.TZ = 'UTC'

const SMALL = { columns: 80, rows: 24 }
const LARGE = { columns: 300, rows: 80 }
/** All that the screen itself may send. */
const STYLES = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')
const TREND = { calls: [0, 3, 10, 2739], errors: [0, 0, 1, 436] }

async function sceneOf(change: Partial<TopState> = {}, size = SMALL): Promise<Scene> {
  const state = {
    ...firstState({
      by: GROUPINGS[0]!.by,
      where: {},
      sort: 'rate',
      isAscending: false,
      show: 'all',
      windowMs: 5000,
      filter: '',
    }),
    ...change,
  }
  const query = statsQuery.parse(toQuery(state, { height: 18, points: 0 }))
  const table = await fakeNumbers(SHOP, () => FAKE_END_MS).query(query, new AbortController().signal)
  const paint = createPaint(false)
  return { state, table, trend: TREND, source: 'node-a', notice: undefined, hasHosts: false, size, paint }
}

/** As a terminal without colours shows it. */
function textOf(scene: Scene): string {
  const { lines } = drawFrame(scene)
  return lines.map(line => `${stripVTControlCharacters(line).trimEnd()}\n`).join('')
}

const frames = suite('drawFrame')

for (const [name, change] of [
  ['calls', {}],
  ['namespaces', { by: ['namespace'] }],
  ['units', { by: ['unit'], sort: 'share' }],
  ['inside a pod', { by: ['syscall', 'errno'], where: { namespace: ['shop'], pod: ['db-0'] }, cursor: 1 }],
  ['trouble', { show: 'trouble', isFrozen: true }],
  ['typing a filter', { filter: 'shop', isTyping: true, sort: 'syscall', isAscending: true }],
  ['nothing found', { filter: '\u001b[2J' }],
  ['help', { isHelp: true }],
] as const satisfies readonly (readonly [string, Partial<TopState>])[])
  for (const size of [SMALL, LARGE])
    frames(`draws ${name} at ${size.columns}x${size.rows}`, async () => {
      const file = `${name.replaceAll(' ', '-')}-${size.columns}x${size.rows}.txt`
      assertGolden(`top/${file}`, textOf(await sceneOf(change, size)))
    })

frames('has one column for hosts, as --aggregate-hosts asks', async () => {
  assertGolden('top/hosts-80x24.txt', textOf({ ...(await sceneOf()), hasHosts: true }))
})

frames('has as many lines as the terminal, none wider, at any size', async () => {
  for (const columns of [1, 2, 7, 20, 33, 79, 80, 120, 500])
    for (const rows of [1, 2, 5, 6, 7, 24, 100])
      for (const isHelp of [false, true]) {
        const { lines } = drawFrame(await sceneOf({ isHelp }, { columns, rows }))
        assert.is(lines.length, rows, `${columns}x${rows}`)
        for (const line of lines) {
          const width = widthOf(stripVTControlCharacters(line))
          assert.ok(width <= columns, `${columns}x${rows}: ${width} columns: ${line}`)
        }
      }
})

frames('keeps columns in line behind wide and combining characters', async () => {
  const { lines } = drawFrame(await sceneOf({}, LARGE))
  const shown = lines.map(line => stripVTControlCharacters(line))
  const at = shown.find(line => line.startsWith('recvfrom'))!.indexOf('nginx')
  const strange = shown.find(line => line.includes('東京'))!
  assert.is(widthOf(strange.slice(0, strange.indexOf('cafe\u0301'))), at)
})

frames('obeys no escape sequence in a name, a filter, a place, a source or a notice', async () => {
  const evil = '\u001b]0;owned\u0007\r\n\u001b[2J'
  const scene = await sceneOf({ filter: evil, where: { namespace: [evil] } })
  const { lines } = drawFrame({ ...scene, source: evil, notice: evil })
  assert.not.match(lines.join('').replaceAll(STYLES, ''), /\p{Cc}/u)
})

frames('marks rows whose errors are trouble, others whose errors are to be expected', async () => {
  const scene = { ...(await sceneOf({ cursor: 4 })), paint: createPaint(true) }
  const { lines } = drawFrame(scene)
  const lineWith = (...words: string[]) => lines.find(line => words.every(word => line.includes(word)))!
  assert.ok(lineWith('fsync', 'EIO').startsWith('\u001b[31m'))
  assert.ok(lineWith('recvfrom', 'EAGAIN').startsWith('\u001b[33m'))
  assert.ok(lineWith('epoll_wait').startsWith('epoll_wait'))
})

frames('has no colours with NO_COLOR', async () => {
  const { lines } = drawFrame(await sceneOf())
  assert.not.ok(lines.join('').includes('\u001b[3'))
})

frames('says that it waits for the first numbers', async () => {
  assert.match(textOf({ ...(await sceneOf()), table: undefined }), /waiting for the first numbers/)
})

frames('puts the cursor on a row that there is when rows go', async () => {
  const { state, seen } = drawFrame(await sceneOf({ cursor: 500, offset: 490 }))
  assert.is(state.cursor, SHOP.length - 1)
  assert.is(state.offset, 0)
  assert.ok(seen.key)
})

frames('leaves out times that were not taken', async () => {
  const scene = await sceneOf({}, LARGE)
  const text = textOf({ ...scene, table: { ...scene.table!, isTimed: false } })
  assert.not.match(text, /P99|TIME%/)
})

frames.run()
