import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Consumer } from '../../../pipeline/component.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { PipelineError } from '../../../pipeline/errors.ts'
import { Fanout, MAX_UNFINISHED, PATIENCE_MS } from '../../../pipeline/graph/fanout.ts'
import { fakeClock } from '../../kit/clock.ts'
import { failing, held, refusing, settled, sink } from '../../kit/consumers.ts'
import { never, recordingLogger } from '../../kit/context.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'

const batch = () => metricsBatch([{ attributes: { x: 'a' }, values: { n: 1 } }])

/** A fan-out over consumers named a, b, c…, with time standing still. */
function fanOut(...consumers: Consumer<'metrics'>[]) {
  const clock = fakeClock()
  const log = recordingLogger()
  const dropped: string[] = []
  const branches = consumers.map((consumer, i) => ({ name: 'abc'[i]!, consumer }))
  const fanout = new Fanout<'metrics'>({ log, clock, onDrop: name => dropped.push(name) })
  fanout.connect(branches)
  return { fanout, clock, log, dropped }
}

/** Writes to the first value of whatever it is given. */
function spoiler(): Consumer<'metrics'> & { batches: MetricsBatch[] } {
  const keep = sink({ mutates: true })
  return {
    ...keep,
    async consume(given) {
      const column = given.tables[0]!.metrics[0]!
      if (column.type === 'sum') column.values[0] = 99n
      await keep.consume(given, never)
    },
  }
}

const sharing = suite('sharing a batch')
sharing('readers get the same batch, a writer its own copy', async () => {
  const [reader, writer, last] = [sink(), spoiler(), sink()]
  const { fanout } = fanOut(reader, writer, last)
  const given = batch()
  await fanout.consume(given, never)
  assert.is(reader.batches[0], given)
  assert.is(last.batches[0], given)
  assert.is(toPoints(given)[0]!.value, 1n)
  assert.is(toPoints(writer.batches[0]!)[0]!.value, 99n)
  assert.is(fanout.mutates, false)
})
sharing('two writers do not see each other', async () => {
  const [one, other] = [spoiler(), sink({ mutates: true })]
  await fanOut(one, other).fanout.consume(batch(), never)
  assert.is(toPoints(other.batches[0]!)[0]!.value, 1n)
})
sharing('a single writer gets the batch itself, and the fan-out says that it mutates', async () => {
  const writer = spoiler()
  const { fanout } = fanOut(writer)
  const given = batch()
  await fanout.consume(given, never)
  assert.is(writer.batches[0], given)
  assert.is(fanout.mutates, true)
})
sharing.run()

const errors = suite('errors')
errors('one failing branch does not keep the batch from the others', async () => {
  const good = sink()
  const { fanout } = fanOut(failing('PIPE_REJECTED'), good)
  const error = await rejects(fanout.consume(batch(), never), 'PIPE_REJECTED')
  assert.is(error.message, 'failing consumer: PIPE_REJECTED')
  assert.is(good.batches.length, 1)
})
for (const [codes, want] of [
  [['PIPE_QUEUE_FULL', 'PIPE_DOWNSTREAM_UNAVAILABLE'], 'PIPE_DOWNSTREAM_UNAVAILABLE'],
  [['PIPE_QUEUE_FULL', 'PIPE_REJECTED'], 'PIPE_REJECTED'],
] as const)
  errors(`${codes.join(' and ')} join as ${want}`, async () => {
    const { fanout } = fanOut(failing(codes[0]), sink(), failing(codes[1]))
    const error = (await rejects(fanout.consume(batch(), never), want)) as PipelineError
    assert.is(
      error.message,
      `2 of 3 consumers failed: failing consumer: ${codes[0]}; failing consumer: ${codes[1]}`,
    )
    assert.is(error.retryable, want !== 'PIPE_REJECTED')
    assert.is((error.cause as AggregateError).errors.length, 2)
  })
errors('the longest retry delay wins', async () => {
  const throttled = (retryAfterMs: number): Consumer<'metrics'> => ({
    mutates: false,
    consume: async () => {
      throw new PipelineError('PIPE_DOWNSTREAM_UNAVAILABLE', 'later', { retryable: true, retryAfterMs })
    },
  })
  const { fanout } = fanOut(throttled(5), throttled(70))
  const error = (await rejects(
    fanout.consume(batch(), never),
    'PIPE_DOWNSTREAM_UNAVAILABLE',
  )) as PipelineError
  assert.is(error.retryAfterMs, 70)
})
errors('what is not a PipelineError becomes one that names the branch', async () => {
  const broken: Consumer<'metrics'> = {
    mutates: false,
    consume() {
      throw new TypeError('x is not a function')
    },
  }
  const good = sink()
  const error = await rejects(fanOut(broken, good).fanout.consume(batch(), never), 'PIPE_REJECTED')
  assert.is(error.message, 'a: x is not a function')
  assert.instance(error.cause, TypeError)
  assert.is(good.batches.length, 1)
})
errors.run()

const asked = suite('before there is a batch')
asked('refuses for one branch, and counts there what would have come', () => {
  const one = refusing()
  const refusal = fanOut(one).fanout.refusal()!
  refusal.count(5)
  assert.equal([refusal.error.message, one.counted], ['refusing consumer', [5]])
})
asked('refuses when all branches do, with all reasons', () => {
  const [one, other] = [refusing(), refusing('another')]
  const refusal = fanOut(one, other).fanout.refusal()!
  refusal.count(7)
  assert.is(refusal.error.message, '2 of 2 consumers failed: refusing consumer; another')
  assert.equal([refusal.error.retryable, one.counted, other.counted], [true, [7], [7]])
})
asked('refuses nothing that a branch might take', () => {
  const one = refusing()
  assert.is(fanOut(one, sink()).fanout.refusal(), undefined)
  assert.is(fanOut(sink()).fanout.refusal(), undefined)
  assert.is(fanOut().fanout.refusal(), undefined)
  assert.equal(one.counted, [])
})
asked.run()

const slow = suite('slow branches')
slow('are left behind when patience ends, and their errors logged later', async () => {
  const [stuck, good] = [held(), sink()]
  const { fanout, clock, log } = fanOut(stuck, good)
  let isDone = false
  const done = fanout.consume(batch(), never).then(() => (isDone = true))
  await clock.advance(PATIENCE_MS - 1)
  assert.is(good.batches.length, 1)
  assert.is(isDone, false)
  await clock.advance(1)
  await done
  stuck.release(new PipelineError('PIPE_REJECTED', 'a: refused', { retryable: false }))
  await settled()
  assert.equal(log.lines, [
    {
      level: 'warn',
      fields: { consumer: 'a', error: 'a: refused' },
      message: 'A slow consumer failed in the end',
    },
  ])
})
slow('cost the others their patience only once, until they have caught up', async () => {
  const [stuck, good] = [held(), sink()]
  const { fanout, clock } = fanOut(stuck, good)
  const first = fanout.consume(batch(), never)
  await clock.advance(PATIENCE_MS)
  await first
  await fanout.consume(batch(), never)
  assert.is(good.batches.length, 2)
  stuck.release()
  stuck.release()
  await settled()
  let isDone = false
  const third = fanout.consume(batch(), never).then(() => (isDone = true))
  await settled()
  assert.is(isDone, false)
  await clock.advance(PATIENCE_MS)
  await third
})
slow('leave no timer behind once they finish in time', async () => {
  const { fanout, clock } = fanOut(sink(), sink())
  await fanout.consume(batch(), never)
  assert.is(clock.pending(), 0)
})
slow('alone are waited for, so that the source feels it', async () => {
  const stuck = held()
  const { fanout, clock } = fanOut(stuck)
  let isDone = false
  const done = fanout.consume(batch(), never).then(() => (isDone = true))
  await clock.advance(PATIENCE_MS * 100)
  assert.is(isDone, false)
  stuck.release()
  await done
})
slow('with too much unfinished drop for themselves only, and are counted', async () => {
  const [stuck, good] = [held(), sink()]
  const { fanout, clock, dropped } = fanOut(stuck, good)
  const consumed = Array.from({ length: MAX_UNFINISHED }, () => fanout.consume(batch(), never))
  await clock.advance(PATIENCE_MS)
  await Promise.all(consumed)
  const error = (await rejects(fanout.consume(batch(), never), 'PIPE_QUEUE_FULL')) as PipelineError
  assert.is(
    error.message,
    `a: must finish a batch before it takes more, got ${MAX_UNFINISHED} unfinished; the batch was dropped`,
  )
  assert.is(error.retryable, true)
  assert.equal(dropped, ['a'])
  assert.is(good.batches.length, MAX_UNFINISHED + 1)
  stuck.release()
  await settled()
  await fanout.consume(batch(), never)
  assert.is(stuck.waiting.length, MAX_UNFINISHED)
})
const drain = suite('drain')
drain('waits for what is under way', async () => {
  const stuck = held()
  const { fanout } = fanOut(stuck)
  const done = fanout.consume(batch(), never)
  let isDrained = false
  const drained = fanout.drain(never).then(() => (isDrained = true))
  await settled()
  assert.is(isDrained, false)
  stuck.release()
  await Promise.all([drained, done])
})
drain('gives up at the deadline and names who is late', async () => {
  const { fanout, clock } = fanOut(held(), sink())
  const done = fanout.consume(batch(), never)
  await settled()
  const deadline = new AbortController()
  const drained = rejects(fanout.drain(deadline.signal), 'PIPE_SHUTTING_DOWN')
  deadline.abort()
  assert.is((await drained).message, 'unfinished batches at the deadline: a (1)')
  await clock.advance(PATIENCE_MS)
  await done
})
slow('have no bounds alone if they may, and the usual ones once another branch has come', async () => {
  const [stuck, other] = [held(), sink()]
  const fanout = new Fanout<'metrics'>({ log: recordingLogger(), onDrop() {}, isBoundedAlone: false })
  const alone = { name: 'a', consumer: stuck }
  fanout.connect([alone])
  const consumed = Array.from({ length: MAX_UNFINISHED + 1 }, () => fanout.consume(batch(), never))
  assert.is(stuck.waiting.length, MAX_UNFINISHED + 1)
  fanout.connect([alone, { name: 'b', consumer: other }])
  await rejects(fanout.consume(batch(), never), 'PIPE_QUEUE_FULL')
  assert.is(other.batches.length, 1)
  for (const _ of consumed) stuck.release()
  await Promise.all(consumed)
  await fanout.consume(batch(), never).catch(() => assert.unreachable('it has caught up'))
})
drain('has nothing to wait for when all is done, even past the deadline', () =>
  fanOut(sink()).fanout.drain(AbortSignal.abort()),
)
const routes = suite('a batch for each branch')
routes(
  'goes to that branch alone, and a writer gets a copy, since others may share its columns',
  async () => {
    const [reader, writer, other] = [sink(), spoiler(), sink()]
    const { fanout } = fanOut(reader, writer, other)
    const given = batch()
    await fanout.route(
      new Map([
        ['a', given],
        ['b', given],
        ['z', given],
      ]),
      never,
    )
    assert.is(reader.batches[0], given)
    assert.is(toPoints(given)[0]!.value, 1n)
    assert.is(toPoints(writer.batches[0]!)[0]!.value, 99n)
    assert.is(other.batches.length, 0)
  },
)
routes('also when the branch is the only one', async () => {
  const writer = spoiler()
  const given = batch()
  await fanOut(writer).fanout.route(new Map([['a', given]]), never)
  assert.is(toPoints(given)[0]!.value, 1n)
})
routes('has the bounds of the branch', async () => {
  const stuck = held()
  const { fanout, dropped, clock } = fanOut(stuck, sink())
  const sent = Array.from({ length: MAX_UNFINISHED }, () => fanout.route(new Map([['a', batch()]]), never))
  await rejects(fanout.route(new Map([['a', batch()]]), never), 'PIPE_QUEUE_FULL')
  assert.equal(dropped, ['a'])
  await fanout.route(new Map([['b', batch()]]), never)
  await settled()
  await clock.advance(PATIENCE_MS)
  await Promise.all(sent)
  await fanout.route(new Map(), never)
})
slow.run()
routes.run()
drain.run()
