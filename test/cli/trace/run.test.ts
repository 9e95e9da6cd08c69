/** A run against a made-up session, with a clock that stands still. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type RunOptions, runTrace, TAKE_MS } from '../../../cli/trace/run.ts'
import { Selection } from '../../../trace/filters/selection.ts'
import { createFormat } from '../../../trace/formats/create-format.ts'
import { createNames } from '../../../trace/formats/names.ts'
import { Printer } from '../../../trace/formats/printer.ts'
import { fakeClock } from '../../kit/clock.ts'
import { DISPLAY } from '../../kit/display.ts'
import { ABIS, batchOf, type Happening, thread } from '../../kit/trace-batch.ts'

const who = thread()
const close = (fd: number): Happening => [who, { call: 'close', arguments: [fd] }]

class Run {
  readonly clock = fakeClock()
  readonly stop = new AbortController()
  readonly output = { isFull: false, error: undefined as NodeJS.ErrnoException | undefined, flush: () => {} }
  /** The result of each `take`, then nothing. */
  readonly batches: (readonly Happening[])[] = []
  readonly journal: string[] = []
  readonly timeUp = Promise.withResolvers<void>()
  text = ''
  printer: Printer
  isDone = false
  error: unknown

  constructor({ calls, ...more }: Partial<RunOptions> & { readonly calls?: number } = {}) {
    const format = createFormat('strace', {
      write: text => {
        this.text += text
      },
      writeBytes() {},
      names: createNames(() => undefined),
      abis: ABIS,
      clock: this.clock,
      origin: () => ({}),
      hasColours: false,
      display: DISPLAY,
      hasManyProcesses: false,
    })
    this.printer = new Printer({ abis: ABIS, format })
    const selection = new Selection(ABIS, { calls })
    const give = (what: string) => {
      this.journal.push(what)
      return selection.of(batchOf(this.batches.shift() ?? []))
    }
    const subscription = {
      take: () => give('take'),
      hasMore: false,
      end: () => give('end'),
      skip() {},
      get isOver() {
        return selection.isDone
      },
      timeUp: this.timeUp.promise,
    }
    const { printer, output, clock } = this
    void runTrace({ subscription, printer, output, clock, ...more }, this.stop.signal).then(
      () => {
        this.isDone = true
      },
      error => {
        this.error = error
      },
    )
  }

  get lines(): string[] {
    return this.text
      .split('\n')
      .slice(0, -1)
      .map(line => line.replace(/ +=/, ' ='))
  }
}

const s = suite('runTrace')
s('prints what comes, and at the end what still was to come', async () => {
  const run = new Run()
  run.batches.push([close(1)], [close(2), close(3)])
  await run.clock.advance(TAKE_MS)
  assert.equal(run.lines, ['close(1) = 0'])
  run.stop.abort()
  await run.clock.advance(0)
  assert.ok(run.isDone)
  assert.equal(run.lines, ['close(1) = 0', 'close(2) = 0', 'close(3) = 0'])
  assert.equal(run.journal, ['take', 'end'])
  assert.is(run.clock.pending(), 0)
})
s('ends with the call that was the last to be wanted', async () => {
  const run = new Run({ calls: 2 })
  run.batches.push([close(1), close(2), close(3)], [close(4)])
  await run.clock.advance(TAKE_MS)
  assert.ok(run.isDone)
  assert.equal(run.lines, ['close(1) = 0', 'close(2) = 0'])
  assert.is(run.printer.calls, 2)
})
s('ends when nobody reads any more', async () => {
  const run = new Run()
  run.output.error = Object.assign(new Error('broken pipe'), { code: 'EPIPE' })
  await run.clock.advance(TAKE_MS)
  assert.ok(run.isDone)
})
s('takes nothing while its reader does not keep up', async () => {
  const run = new Run()
  run.output.isFull = true
  await run.clock.advance(5 * TAKE_MS)
  assert.equal(run.journal, [])
  run.output.isFull = false
  await run.clock.advance(TAKE_MS)
  assert.equal(run.journal, ['take'])
})
s('ends when it is over', async () => {
  let isOver = false
  const run = new Run({ isOver: () => isOver })
  await run.clock.advance(TAKE_MS)
  assert.not(run.isDone)
  isOver = true
  await run.clock.advance(TAKE_MS)
  assert.ok(run.isDone)
})
s('ends at once when it was stopped before', async () => {
  const stop = new AbortController()
  stop.abort()
  const run = new Run()
  run.stop.abort()
  await run.clock.advance(0)
  assert.ok(run.isDone)
  assert.equal(run.journal, ['end'])
})
s('rejects when the session fails, and leaves no timer', async () => {
  const run = new Run({
    isOver: () => {
      throw new Error('no more')
    },
  })
  await run.clock.advance(TAKE_MS)
  assert.match(String(run.error), 'no more')
  assert.is(run.clock.pending(), 0)
})
s('ends at once when its time is up', async () => {
  const run = new Run({ isOver: () => true })
  run.timeUp.resolve()
  await run.clock.advance(0)
  assert.ok(run.isDone)
})
s('looks at once when it may be over, and not any more when it is', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const run = new Run({ mayBeOver: promise, isOver: () => true })
  run.batches.push([close(1)])
  resolve()
  await run.clock.advance(0)
  assert.ok(run.isDone)
  assert.equal(run.journal, ['take', 'end'])

  const late = Promise.withResolvers<void>()
  const stopped = new Run({ mayBeOver: late.promise })
  stopped.stop.abort()
  late.resolve()
  await stopped.clock.advance(0)
  assert.equal(stopped.journal, ['end'])
})
s.run()

const printer = suite('Printer')
printer('counts what is printed and what is lost', () => {
  const counted = new Printer({ abis: ABIS })
  counted.take(batchOf([close(1), close(2)], [{ events: 3 }, { events: 4 }]))
  assert.equal([counted.calls, counted.lost], [2, 7])
})
printer('knows who lives', () => {
  const living = new Map()
  const counted = new Printer({ abis: ABIS, living })
  const child = thread({ tid: 5 })
  counted.take(batchOf([close(1), [child, { call: 'getpid' }], [who, { status: 0 }]]))
  assert.equal([...living.keys()], [5])
})
printer.run()
