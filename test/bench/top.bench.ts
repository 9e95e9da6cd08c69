/** `swoll top` of 50,000 rows, one refresh a second at 300×80: choosing the rows, drawing them, and the library that writes to the terminal. */
import { PassThrough, Writable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { StatsTable } from '../../stats/api/table.ts'
import { fakeClock } from '../kit/clock.ts'
import { fakeNumbers } from '../kit/fake-numbers.ts'

process.env.NODE_ENV = 'production'

const ROWS = 50_000
const FRAMES = 30
const SIZE = { columns: 300, rows: 80 }

const { Live, firstState } = await import('../../cli/top/live.ts')
const { createPaint } = await import('../../cli/top/style.ts')
const { statsQuery } = await import('../../stats/api/query.ts')
const ink = await import('ink')
const { createElement } = await import('react')
const { Screen } = await import('../../cli/top/screen.ts')

/** Answers that were made before, as they come from an agent: the source's work is not the screen's. */
const BY = ['syscall', 'errno', 'namespace', 'pod', 'container'] as const
const series = Array.from({ length: ROWS }, (_, i) => ({
  key: {
    syscall: `call_${i % 300}`,
    errno: i % 7 === 0 ? 'ENOENT' : 'OK',
    namespace: `namespace-${i % 40}`,
    pod: `deployment-${i % 1000}-6d4cf56db6-${(i * 7919).toString(36).slice(-5)}`,
    container: `container-${i % 5}`,
    node: String(i),
  },
  perSecond: 1 + ((i * 7919) % 9973),
  ns: 1000 + i,
}))
const whole = statsQuery.parse({ by: [...BY], limit: ROWS, windowMs: 5000 })
const abort = new AbortController().signal
const answers: StatsTable[] = []
for (let i = 0; i < 4; i++) {
  const now = series.map((one, j) => ({ ...one, perSecond: one.perSecond + ((i * j) % 50) }))
  answers.push(JSON.parse(JSON.stringify(await fakeNumbers(now).query(whole, abort))) as StatsTable)
}

/** Of a terminal, on which nobody types. */
function keyboard() {
  const nothing = () => {}
  return Object.assign(new PassThrough(), { isTTY: true, setRawMode: nothing, ref: nothing, unref: nothing })
}

/** Milliseconds of a core for each frame. */
async function measure(change: {
  readonly filter?: string
  readonly isAscending?: boolean
  readonly limit: number
}) {
  const clock = fakeClock()
  let written = 0
  let count = 0
  const tables = answers.map(table => ({ ...table, rows: table.rows.slice(0, change.limit) }))
  const source = {
    name: 'bench',
    query: async () => ({ ...tables[count % tables.length]!, endMs: 1_790_000_000_000 + 1000 * count++ }),
    problems: () => [],
    close: async () => {},
  }
  const first = {
    by: BY,
    where: {},
    sort: 'rate',
    isAscending: false,
    show: 'all',
    windowMs: 5000,
    filter: '',
  } as const
  const state = firstState({
    ...first,
    filter: change.filter ?? '',
    isAscending: change.isAscending ?? false,
  })
  const live = new Live({ source, state, refreshMs: 1000, hasHosts: false, paint: createPaint(true), clock })
  const stop = new AbortController()
  const running = live.run(stop.signal)
  const stdout = Object.assign(
    new Writable({
      write: (chunk, _encoding, done) => {
        written += chunk.length
        done()
      },
    }),
    {
      ...SIZE,
      isTTY: true,
    },
  )
  const screen = ink.render(createElement(Screen, { live }), {
    stdout: stdout as unknown as NodeJS.WriteStream,
    alternateScreen: true,
    exitOnCtrlC: false,
    incrementalRendering: true,
    interactive: true,
    maxFps: 1000,
    patchConsole: false,
    stdin: keyboard() as unknown as NodeJS.ReadStream,
  })
  const refresh = async () => {
    await clock.advance(1000)
    await turn()
    await screen.waitUntilRenderFlush()
  }
  for (let i = 0; i < 5; i++) await refresh()
  const before = process.cpuUsage()
  for (let i = 0; i < FRAMES; i++) await refresh()
  const { user, system } = process.cpuUsage(before)
  if (written < FRAMES * SIZE.rows) throw new Error(`frames must be written, got ${written} characters`)
  screen.unmount()
  stop.abort()
  await running
  return (user + system) / 1000 / FRAMES
}

const cases = [
  ['50,000 rows, the first 1,000 from the source', { limit: 1000 }],
  ['all 50,000 rows, smallest first', { limit: ROWS, isAscending: true }],
  ['all 50,000 rows, under a filter', { limit: ROWS, filter: 'deployment-77' }],
] as const
process.stdout.write('| one refresh a second, 300×80 | ms of a core | share of a core |\n|---|---|---|\n')
for (const [name, change] of cases) {
  const ms = await measure(change)
  process.stdout.write(`| ${name} | ${ms.toFixed(1)} | ${(ms / 10).toFixed(1)} % |\n`)
}
process.exit()
