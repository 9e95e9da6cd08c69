import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Entry, SendingQueue, type SendSignals } from '../../../exporters/shared/sending-queue.ts'
import { sendingQueue } from '../../../pipeline/config.ts'
import { PipelineError } from '../../../pipeline/errors.ts'
import { fakeClock } from '../../kit/clock.ts'
import { settled } from '../../kit/consumers.ts'
import { never } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'

interface Parcel extends Entry {
  readonly name: string
}
const parcel = (name: string, items = 1, bytes = 1): Parcel => ({ name, items, bytes })
const lost = new PipelineError('PIPE_REJECTED', 'no', { retryable: false })

/** A queue whose sender holds each entry until told to let go. */
function open(config: object = {}, { max_bytes = 1_000, minSize = 0 } = {}) {
  const clock = fakeClock()
  const sending: { name: string; signals: SendSignals; finish: (error?: Error) => void }[] = []
  const log: string[] = []
  const queue = new SendingQueue<Parcel>({
    config: { ...sendingQueue().parse({ num_consumers: 1, ...config }), max_bytes },
    clock,
    gathering: minSize > 0 ? { minSize, longestMs: 200, sizeOf: ({ items }) => items } : undefined,
    send: (parcels, signals) =>
      new Promise((resolve, reject) => {
        const name = parcels.map(parcel => parcel.name).join('+')
        log.push(`sending ${name}`)
        sending.push({ name, signals, finish: error => (error ? reject(error) : resolve()) })
      }),
    onRefused: ({ name }, error) => log.push(`refused ${name} ${error.code}`),
    onLost: ({ name }, error) => log.push(`lost ${name} ${error.code}`),
  })
  const finish = async (error?: Error) => {
    sending.shift()!.finish(error)
    await settled()
  }
  return { queue, sending, log, finish, clock }
}

const order = suite('SendingQueue.offer')
order('sends in order, one at a time', async () => {
  const { queue, log, finish } = open()
  for (const name of ['a', 'b', 'c']) await queue.offer(parcel(name), never)
  assert.equal(log, ['sending a'])
  await finish()
  await finish(lost)
  await finish()
  assert.equal(log, ['sending a', 'sending b', 'sending c'])
  assert.is(queue.size, 0)
})
order('sends by num_consumers at a time', async () => {
  const { queue, log, finish } = open({ num_consumers: 2 })
  for (const name of ['a', 'b', 'c']) await queue.offer(parcel(name), never)
  assert.equal(log, ['sending a', 'sending b'])
  assert.is(queue.inFlight, 2)
  await finish(lost)
  await finish()
  assert.equal([log.length, queue.inFlight], [3, 1])
})
order('tells an entry that has to wait, and only that', async () => {
  const { queue } = open()
  const rested: string[] = []
  for (const name of ['a', 'b']) await queue.offer({ ...parcel(name), rest: () => rested.push(name) }, never)
  assert.equal(rested, ['b'])
})

/** Per sizer: size and capacity after two entries of 4 items and 30 bytes, and whether a third is taken. */
const sizes: readonly (readonly [config: object, size: number, capacity: number, taken: boolean])[] = [
  [{ sizer: 'requests', queue_size: 2 }, 2, 2, false],
  [{ sizer: 'requests', queue_size: 3 }, 2, 3, true],
  [{ sizer: 'items', queue_size: 11 }, 8, 11, false],
  [{ sizer: 'items', queue_size: 12 }, 8, 12, true],
  [{ sizer: 'bytes', queue_size: 89 }, 60, 89, false],
  [{ sizer: 'bytes', queue_size: 90 }, 60, 90, true],
]
for (const [config, size, capacity, taken] of sizes)
  order(`${taken ? 'takes' : 'refuses'} a third entry with ${JSON.stringify(config)}`, async () => {
    const { queue, log } = open(config)
    await queue.offer(parcel('a', 4, 30), never)
    await queue.offer(parcel('b', 4, 30), never)
    assert.equal([queue.size, queue.capacity, queue.bytes], [size, capacity, 60])
    const third = queue.offer(parcel('c', 4, 30), never)
    if (taken) await third
    else {
      const error = await rejects(third, 'PIPE_QUEUE_FULL')
      assert.ok((error as PipelineError).retryable)
      assert.equal(log, ['sending a', 'refused c PIPE_QUEUE_FULL'])
    }
  })
order('refuses what would take more memory than max_bytes, whatever the sizer', async () => {
  const { queue } = open({}, { max_bytes: 60 })
  await queue.offer(parcel('a', 1, 40), never)
  const error = await rejects(queue.offer(parcel('b', 1, 21), never), 'PIPE_QUEUE_FULL')
  assert.is(error.message, 'sending_queue: must hold at most 60 bytes (max_bytes), got 61')
  await queue.offer(parcel('c', 1, 20), never)
})
order(
  'takes an entry larger than the queue when it is empty, since it would never fit otherwise',
  async () => {
    const { queue, finish } = open({ sizer: 'items', queue_size: 2 })
    await queue.offer(parcel('a', 9), never)
    await rejects(queue.offer(parcel('b', 1), never), 'PIPE_QUEUE_FULL')
    await finish()
    await queue.offer(parcel('c', 1), never)
  },
)
order('has room again once an entry is sent or lost', async () => {
  const { queue, finish } = open({ queue_size: 1 })
  for (const error of [undefined, lost]) {
    await queue.offer(parcel('a'), never)
    await rejects(queue.offer(parcel('b'), never), 'PIPE_QUEUE_FULL')
    await finish(error)
  }
  await queue.offer(parcel('c'), never)
})
order('with block_on_overflow waits for room, in order', async () => {
  const { queue, log, finish } = open({ queue_size: 1, block_on_overflow: true })
  await queue.offer(parcel('a'), never)
  const waiting = [queue.offer(parcel('b'), never), queue.offer(parcel('c'), never)]
  await finish()
  await waiting[0]
  assert.equal(log, ['sending a', 'sending b'])
  await finish()
  await waiting[1]
  assert.equal(log, ['sending a', 'sending b', 'sending c'])
})
order('takes no more than it may hold of what comes at once', async () => {
  const { queue, log } = open({ queue_size: 2 })
  const names = ['a', 'b', 'c', 'd']
  const results = await Promise.allSettled(names.map(name => queue.offer(parcel(name), never)))
  assert.equal(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'rejected'],
  )
  assert.equal(
    [queue.size, log],
    [2, ['sending a', 'refused c PIPE_QUEUE_FULL', 'refused d PIPE_QUEUE_FULL']],
  )
})
order('with block_on_overflow takes one of all that wait for each that leaves', async () => {
  const { queue, log, finish } = open({ queue_size: 1, block_on_overflow: true })
  await queue.offer(parcel('a'), never)
  for (const name of ['b', 'c', 'd']) void queue.offer(parcel(name), never)
  for (const sent of ['b', 'c', 'd']) {
    await finish()
    assert.equal([queue.size, log.at(-1)], [1, `sending ${sent}`])
  }
})
order('with block_on_overflow stops waiting when the caller does, or when it shuts down', async () => {
  const { queue, finish } = open({ queue_size: 1, block_on_overflow: true })
  await queue.offer(parcel('a'), never)
  const caller = new AbortController()
  const given = queue.offer(parcel('b'), caller.signal)
  const kept = queue.offer(parcel('c'), never)
  caller.abort()
  await rejects(given, 'PIPE_QUEUE_FULL')
  const done = queue.shutdown(never)
  await rejects(kept, 'PIPE_SHUTTING_DOWN')
  await finish()
  await done
})
order('with wait_for_result resolves when the entry is sent, or rejects as the sender does', async () => {
  const { queue, finish } = open({ wait_for_result: true })
  let isDone = false
  const first = queue.offer(parcel('a'), never).then(() => {
    isDone = true
  })
  const second = queue.offer(parcel('b'), never)
  await settled()
  assert.is(isDone, false)
  await finish()
  await first
  second.catch(() => {})
  await finish(lost)
  assert.is(await second.catch((error: unknown) => error), lost)
})
order('without a queue sends at once, all together, and waits for the result', async () => {
  const { queue, log, finish } = open({ enabled: false, queue_size: 1 })
  const offers = ['a', 'b'].map(name => queue.offer(parcel(name), never))
  await settled()
  assert.equal(log, ['sending a', 'sending b'])
  offers[1]!.catch(() => {})
  await finish()
  await finish(lost)
  await offers[0]
  assert.is(await offers[1]!.catch((error: unknown) => error), lost)
})
order.run()

const restored = suite('SendingQueue.restore')
restored('puts all in front, however many an outage has left', async () => {
  const { queue, log, finish } = open()
  for (const name of ['new', 'newer']) await queue.offer(parcel(name), never)
  queue.restore(Array.from({ length: 200_000 }, (_, i) => parcel(`old ${i}`)))
  await finish()
  await finish()
  assert.equal([log, queue.size], [['sending new', 'sending old 0', 'sending old 1'], 200_000])
})
restored.run()

const shutdown = suite('SendingQueue.shutdown')
shutdown('hurries the sender, drains in order, and takes no more', async () => {
  const { queue, sending, log, finish } = open()
  for (const name of ['a', 'b']) await queue.offer(parcel(name), never)
  assert.is(sending[0]!.signals.hurry.aborted, false)
  const done = queue.shutdown(never)
  assert.equal([sending[0]!.signals.hurry.aborted, sending[0]!.signals.abort.aborted], [true, false])
  await rejects(queue.offer(parcel('c'), never), 'PIPE_SHUTTING_DOWN')
  await finish()
  await finish()
  await done
  assert.equal(log, ['sending a', 'refused c PIPE_SHUTTING_DOWN', 'sending b'])
})
shutdown('gives up what is left at the deadline, and waits for the sender to let go', async () => {
  const { queue, sending, log, finish } = open()
  for (const name of ['a', 'b', 'c']) await queue.offer(parcel(name), never)
  const deadline = new AbortController()
  let isDone = false
  const done = queue.shutdown(deadline.signal).then(() => {
    isDone = true
  })
  await settled()
  deadline.abort()
  await settled()
  assert.equal(log, ['sending a', 'lost b PIPE_SHUTTING_DOWN', 'lost c PIPE_SHUTTING_DOWN'])
  assert.equal([sending[0]!.signals.abort.aborted, isDone], [true, false])
  await finish(lost)
  await done
})
shutdown('rejects those that wait for the result of what it gives up', async () => {
  const { queue, finish } = open({ wait_for_result: true })
  const first = queue.offer(parcel('a'), never)
  const second = queue.offer(parcel('b'), never)
  await settled()
  const done = queue.shutdown(AbortSignal.abort())
  await rejects(second, 'PIPE_SHUTTING_DOWN')
  await finish()
  await Promise.all([first, done])
})
shutdown('is done at once when nothing is held, also the second time', async () => {
  const { queue } = open()
  await queue.shutdown(never)
  await queue.shutdown(AbortSignal.abort())
})
shutdown.run()

const gathering = suite('a SendingQueue that gathers')
gathering('sends together what reaches the size, at once, and not more', async () => {
  const { queue, log, finish } = open({}, { minSize: 5 })
  for (const name of ['a', 'b', 'c']) await queue.offer(parcel(name, 3), never)
  assert.equal(log, ['sending a+b'])
  assert.equal([queue.size, queue.inFlight], [3, 1])
  await finish()
  assert.equal(log, ['sending a+b'])
})
gathering('sends less when the first of them has waited long enough', async () => {
  const { queue, log, clock } = open({}, { minSize: 5 })
  await queue.offer(parcel('a'), never)
  await clock.advance(150)
  await queue.offer(parcel('b'), never)
  await clock.advance(49)
  assert.equal(log, [])
  await clock.advance(1)
  assert.equal(log, ['sending a+b'])
  assert.is(clock.pending(), 0)
})
gathering('tells all who wait for the result how it went', async () => {
  const { queue, finish } = open({ wait_for_result: true }, { minSize: 2 })
  const both = ['a', 'b'].map(name => rejects(queue.offer(parcel(name), never), 'PIPE_REJECTED'))
  await settled()
  await finish(lost)
  await Promise.all(both)
})
gathering('makes entries give up memory only when all consumers are busy', async () => {
  const { queue } = open({}, { minSize: 5 })
  const rested: string[] = []
  const offer = (name: string, items: number) =>
    queue.offer({ ...parcel(name, items), rest: () => rested.push(name) }, never)
  await offer('a', 1)
  await offer('b', 4)
  await offer('c', 1)
  assert.equal(rested, ['c'])
})
gathering('sends all it has at a shutdown, without waiting for more', async () => {
  const { queue, log, finish, clock } = open({}, { minSize: 5 })
  for (const name of ['a', 'b']) await queue.offer(parcel(name), never)
  const stopped = queue.shutdown(never)
  await settled()
  assert.equal(log, ['sending a+b'])
  await finish()
  await stopped
  assert.is(clock.pending(), 0)
})
gathering.run()
