import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Consumer } from '../../../pipeline/component.ts'
import { selectLogRows, selectSpanRows } from '../../../pipeline/data/select-events.ts'
import { PipelineError } from '../../../pipeline/errors.ts'
import { config } from '../../../processors/batch/config.ts'
import { factory } from '../../../processors/batch/factory.ts'
import { Gatherer } from '../../../processors/batch/gatherer.ts'
import { fakeClock } from '../../kit/clock.ts'
import { failing, held, settled, sink } from '../../kit/consumers.ts'
import { createContext, never, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { logsOf, spansOf } from '../../kit/log-batch.ts'
import { metricsBatch } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'
import { bodiesOf } from '../../ottl/kit.ts'

const texts = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}`)
const logs = (from: number, to: number) =>
  logsOf(
    texts(from, to).map((text, i) => ({
      resource: i % 2 ? 'odd' : 'even',
      text,
      attributes: { i: BigInt(i) },
    })),
  )

function open(given: object, next = sink<'logs'>()) {
  const clock = fakeClock()
  const log = recordingLogger()
  const { meter, read } = recordingMeter()
  const context = createContext(config.parse(given), { id: 'batch', log, meter })
  return {
    clock,
    log,
    read,
    next,
    processor: new Gatherer<'logs'>(context, next, { selectRows: selectLogRows, clock }),
  }
}

const s = suite('batch')
s('holds records until the first has waited for the timeout, and sends them in order', async () => {
  const { clock, next, processor, read } = open({ timeout: '1s' })
  await processor.consume(logs(0, 3), never)
  await clock.advance(999)
  await processor.consume(logs(3, 5), never)
  assert.is(next.batches.length, 0)
  await clock.advance(1)
  await settled()
  assert.equal(next.batches.map(bodiesOf), [texts(0, 5)])
  const [batch] = next.batches
  const owners = batch!.tables.flatMap(table => [...table.resource].map(i => batch!.resources[i]!.id))
  assert.equal(owners, ['even', 'odd', 'even', 'even', 'odd'])
  const metrics = await read()
  assert.is(metrics['processor_batch_timeout_trigger_send{processor=batch}'], 1)
  assert.is(metrics['processor_batch_batch_send_size{processor=batch}'], 1)
  await clock.advance(10_000)
  assert.is(next.batches.length, 1)
})
s('sends at once what is enough, and begins anew', async () => {
  const { clock, next, processor, read } = open({ send_batch_size: 4 })
  await processor.consume(logs(0, 3), never)
  await processor.consume(logs(3, 5), never)
  await processor.consume(logs(5, 6), never)
  assert.equal(next.batches.map(bodiesOf), [texts(0, 5)])
  assert.is((await read())['processor_batch_batch_size_trigger_send{processor=batch}'], 1)
  await clock.advance(200)
  await settled()
  assert.equal(next.batches.map(bodiesOf), [texts(0, 5), texts(5, 6)])
})
s('waits for nothing with a timeout of 0, and for the timeout alone with a size of 0', async () => {
  const eager = open({ timeout: '0s' })
  await eager.processor.consume(logs(0, 1), never)
  assert.is(eager.next.batches.length, 1)
  const patient = open({ send_batch_size: 0 })
  await patient.processor.consume(logs(0, 20_000), never)
  assert.is(patient.next.batches.length, 0)
  await patient.clock.advance(200)
  await settled()
  assert.is(patient.next.batches.length, 1)
})
for (const most of [1, 2, 3, 4, 5, 100])
  s(`cuts into batches of at most ${most}`, async () => {
    const { next, processor } = open({ send_batch_size: 1, send_batch_max_size: most })
    await processor.consume(logs(0, 7), never)
    const sizes = next.batches.map(batch => bodiesOf(batch).length)
    assert.ok(sizes.slice(0, -1).every(size => size === most) && sizes.at(-1)! <= most, String(sizes))
    assert.equal(next.batches.flatMap(bodiesOf), texts(0, 7))
  })
s('sends what it holds when it is shut down, and later ones at once', async () => {
  const { next, processor } = open({ timeout: '1h' })
  await processor.consume(logs(0, 2), never)
  await processor.shutdown(never)
  assert.equal(next.batches.map(bodiesOf), [texts(0, 2)])
  await processor.consume(logs(2, 3), never)
  assert.is(next.batches.length, 2)
})
s('gives the error to who made the batch full, and logs that of a timeout', async () => {
  const next = { ...sink<'logs'>(), ...failing<'logs'>() }
  const { clock, log, processor } = open({ send_batch_size: 3 }, next)
  await processor.consume(logs(0, 2), never)
  await rejects(processor.consume(logs(2, 3), never), 'PIPE_DOWNSTREAM_UNAVAILABLE')
  await clock.advance(60_000)
  await processor.consume(logs(3, 4), never)
  await clock.advance(200)
  await settled()
  assert.equal(
    log.lines.map(({ level, fields }) => [level, fields.dropped_items]),
    [
      ['error', 3],
      ['error', 1],
    ],
  )
})
for (const size of [4, 0])
  s(`makes who sends wait for a slow next component (send_batch_size: ${size})`, async () => {
    const next = held<'logs'>()
    const { clock, processor } = open({ send_batch_size: size }, next as never)
    await processor.consume(logs(0, 3), never)
    await clock.advance(200)
    assert.is(next.waiting.length, 1)
    let taken = 0
    const more = [3, 4, 5, 6].map(from =>
      processor.consume(logs(from, from + 1), never).then(() => {
        taken++
      }),
    )
    await clock.advance(10_000)
    // Of four more the last makes a batch full; without a size nobody can add to what is under way.
    assert.equal([next.waiting.length, taken], [1, size === 0 ? 0 : 3])
    const got = [...next.waiting]
    next.release()
    await settled()
    await clock.advance(200)
    got.push(...next.waiting)
    next.release()
    await Promise.all(more)
    assert.equal(got.flatMap(bodiesOf), texts(0, 7))
  })
s('gives up at the deadline of the shutdown', async () => {
  let aborted = 0
  const next: Consumer<'logs'> = {
    mutates: false,
    consume: (_, abort) =>
      new Promise((_, reject) => {
        const onEnd = () => {
          aborted++
          reject(new PipelineError('PIPE_SHUTTING_DOWN', 'cancelled', { retryable: false }))
        }
        if (abort.aborted) onEnd()
        else abort.addEventListener('abort', onEnd)
      }),
  }
  const { clock, log, processor } = open({}, next as never)
  await processor.consume(logs(0, 3), never)
  await clock.advance(200)
  await processor.consume(logs(3, 5), never)
  await processor.shutdown(AbortSignal.abort())
  assert.is(aborted, 2)
  assert.is(
    log.lines.reduce((sum, { fields }) => sum + Number(fields.dropped_items), 0),
    5,
  )
})
s('passes nothing on for nothing', async () => {
  const { clock, next, processor } = open({})
  await processor.consume({ resources: [], tables: [] }, never)
  await clock.advance(1000)
  assert.is(next.batches.length, 0)
})
s('gathers spans', async () => {
  const clock = fakeClock()
  const next = sink<'traces'>()
  const context = createContext(config.parse({ send_batch_size: 4, send_batch_max_size: 4 }), { id: 'batch' })
  const processor = new Gatherer<'traces'>(context, next, { selectRows: selectSpanRows, clock })
  const rows = texts(0, 3).map(text => ({ text }))
  await processor.consume(spansOf(rows), never)
  await processor.consume(spansOf(rows), never)
  assert.equal(
    next.batches.map(({ tables }) => tables.map(table => table.rows)),
    [[3, 1], [2]],
  )
})
s('leaves collections of metrics as they are', async () => {
  const next = sink()
  const { consumers } = factory.create(createContext(config.parse({}), { id: 'batch' }), { metrics: next })
  const batch = metricsBatch([{ attributes: { i: 1 }, values: { calls: 1 } }])
  await consumers!.metrics!.consume(batch, never)
  assert.is(next.batches[0], batch)
})
s('refuses a largest size below the usual one, and metadata', () => {
  const problems = (given: object) => config.safeParse(given).error!.issues.map(({ message }) => message)
  assert.equal(problems({ send_batch_max_size: 100 }), [
    'must not be below send_batch_size (8192), got 100; 0 means no limit',
  ])
  assert.equal(problems({ metadata_keys: ['tenant'] }), [
    'must be empty: no receiver of swoll has metadata of clients',
  ])
})
s.run()
