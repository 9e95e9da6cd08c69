/** Several readers of one session: each has its own calls, limits and losses, and none is held up by another. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { EventBatch } from '../../../trace/events/events.ts'
import { createRedactor } from '../../../trace/filters/redact.ts'
import type { SubscriptionLimits } from '../../../trace/session/inbox.ts'
import type { Subscription } from '../../../trace/session/session.ts'
import { endAll } from '../../../trace/session/take-all.ts'
import { ABIS } from '../../kit/trace-batch.ts'
import { encodeCall } from '../../kit/traced-call.ts'
import { everything, fakeSession, SECOND } from './fake-session.ts'
import { encodeEnd, encodeThread, ring } from './fake-tracing.ts'

const who = encodeThread({ tid: 1 })
const close = (endNs: number, jobs = 3n) => encodeCall({ call: 'close', endNs: BigInt(endNs), jobs })

function linesOf(batch: EventBatch): string[] {
  const seen: string[] = []
  batch.visit(ABIS, {
    call: ({ definition, endNs }) => seen.push(`${definition.name}@${endNs}`),
    end: ({ tid }) => seen.push(`end of ${tid}`),
  })
  return [...seen, ...batch.gaps.map(({ reason, events, resource }) => `${events} ${reason} ${resource?.id}`)]
}
const take = (subscription: Subscription) => linesOf(subscription.take())

function two(limits: readonly [SubscriptionLimits?, SubscriptionLimits?] = []) {
  const rig = fakeSession()
  const [first, second] = [0, 1].map(n => rig.session.subscribe(everything(), limits[n])) as [
    Subscription,
    Subscription,
  ]
  return { ...rig, first, second }
}

const s = suite('subscriptions')
s('get the same calls, whoever looks, each in their order and with the ends of their threads', () => {
  const { tracing, first, second } = two()
  tracing.rings = [ring(who, close(1), close(2, 2n))]
  assert.equal(take(first), ['close@1'])
  tracing.rings = [ring(close(3), encodeEnd({ tid: 1, timeNs: 4n }))]
  assert.equal(take(first), ['close@3', 'end of 1'])
  assert.equal(take(second), ['close@1', 'close@2', 'close@3', 'end of 1'])
  assert.equal([take(first), take(second)], [[], []])
})
s('keep what waits apart from the memory that others are given', () => {
  const { tracing, first, second } = two()
  const stars = createRedactor(['secret'])
  const pathOf = (batch: EventBatch) => {
    let path = ''
    batch.visit(ABIS, { call: call => (path = Buffer.from(call.chunksOf(0)[0]!.bytes).toString()) })
    return path.replace(/\0.*/, '')
  }
  tracing.rings = [
    ring(who, encodeCall({ call: 'chdir', endNs: 1n, jobs: 3n, chunks: [{ order: 0, bytes: '/secret' }] })),
  ]
  const batch = first.take()
  batch.visit(ABIS, { call: stars })
  assert.is(pathOf(batch), '/******')
  assert.is(pathOf(second.take()), '/secret')
})
s('lose by themselves what they do not take in time, and say whose it was', () => {
  const { tracing, first, second } = two([{}, { queueBytes: 2 * close(1).byteLength }])
  tracing.rings = [ring(who, close(1), close(2), close(3), encodeEnd({ tid: 1, timeNs: 4n }))]
  assert.equal(take(first), ['close@1', 'close@2', 'close@3', 'end of 1'])
  assert.equal(take(second), [
    'close@1',
    'close@2',
    '1 output_full unit:ssh.service',
    '1 thread_end unit:ssh.service',
  ])
  tracing.rings = [ring(who, close(5))]
  assert.equal(take(first), ['close@5'])
  assert.equal(take(second), ['close@5'], 'and go on')
})
/** So many calls are a piece. */
const PIECE = 4096
const MANY = 2 * PIECE + 7
const closes = (from: number, count: number) => Array.from({ length: count }, (_, i) => close(from + i))
const named = (from: number, count: number) => Array.from({ length: count }, (_, i) => `close@${from + i}`)
function pieces(subscription: Subscription, from: (s: Subscription) => EventBatch = s => s.take()): number[] {
  const lengths = [from(subscription).length]
  while (subscription.hasMore) lengths.push(subscription.take().length)
  return lengths
}
s('get many calls in pieces, of one look', () => {
  const { session, tracing, state } = fakeSession()
  state.nowNs = SECOND
  const only = session.subscribe(everything())
  tracing.rings = [ring(who, ...closes(1, MANY))]
  assert.equal(pieces(only), [PIECE, PIECE, 7])
  tracing.rings = [ring(...closes(MANY + 1, MANY))]
  assert.equal(
    pieces(only, s => s.end()),
    [PIECE, PIECE, 7],
    'those that come with the end too',
  )
  assert.equal([take(only), pieces(only, s => s.end())], [[], [0]])
})
s('keep the pieces that they have not been given yet while others look, in their order', () => {
  const { tracing, state, first, second } = two()
  state.nowNs = SECOND
  tracing.rings = [ring(who, ...closes(1, MANY))]
  const seen = take(first)
  tracing.rings = [ring(...closes(MANY + 1, 3))]
  assert.equal(second.take().length, PIECE)
  tracing.rings = [ring(...closes(MANY + 4, 3))]
  do seen.push(...take(first))
  while (first.hasMore)
  seen.push(...take(first))
  assert.equal(seen, named(1, MANY + 6))
})
s('keep no more of those pieces than of all that waits, whether they have ended or not', () => {
  for (const hasEnded of [false, true]) {
    const { tracing, state, first, second } = two([{ queueBytes: 7 * close(1).byteLength }])
    state.nowNs = SECOND
    tracing.rings = [ring(who, ...closes(1, PIECE + 16))]
    assert.is((hasEnded ? first.end() : first.take()).length, PIECE)
    second.take()
    assert.equal(take(first), [...named(PIECE + 1, 7), '9 output_full unit:ssh.service'])
  }
})
s('are ended without a loss of the pieces that they have not been given yet', () => {
  const { tracing, state, first } = two([{ queueBytes: 7 * close(1).byteLength }])
  state.nowNs = SECOND
  tracing.rings = [ring(who, ...closes(1, PIECE + 16))]
  const seen = take(first)
  tracing.rings = [ring(close(PIECE + 17))]
  endAll(first, batch => seen.push(...linesOf(batch)))
  assert.equal(seen, named(1, PIECE + 17))
})
s('are over with the last of the calls they may have, or when their time is up', async () => {
  const { tracing, clock, first, second } = two([{ calls: 2 }, { durationMs: 1000 }])
  tracing.rings = [ring(who, close(1), close(2), close(3))]
  assert.equal(take(first), ['close@1', 'close@2'])
  assert.equal([first.isOver, second.isOver], [true, false])
  await clock.advance(1000)
  await second.timeUp
  assert.ok(second.isOver)
  assert.equal(linesOf(second.end()), ['close@1', 'close@2', 'close@3'])
})
s('are given no more of a container in a second than they asked for', () => {
  const { tracing, state, first, second } = two([{ callsPerSecond: 2 }, { callsPerSecond: 3 }])
  assert.is(tracing.rateLimit, 5, 'the kernel side sends enough for both')
  state.nowNs = 2n * SECOND
  const calls = [1, 2, 3, 4, Number(SECOND) + 1].map(endNs => close(endNs))
  tracing.rings = [ring(who, ...calls)]
  const late = `close@${SECOND + 1n}`
  assert.equal(take(first), ['close@1', 'close@2', late, '2 rate_limited unit:ssh.service'])
  assert.equal(take(second), ['close@1', 'close@2', 'close@3', late, '1 rate_limited unit:ssh.service'])
  second.end()
  assert.is(tracing.rateLimit, 2)
  tracing.rings = [ring(...[5, 6, 7].map(endNs => close(endNs)))]
  const rest = ['close@5', 'close@6', '1 rate_limited unit:ssh.service']
  assert.equal(take(first), rest, 'alone, too: the kernel side does not limit cgroups that it does not know')
})
s('know of what the kernel side lost if it was theirs', () => {
  const { tracing, first, second } = two()
  tracing.lose(2n, 0, 'ring_full', 7)
  tracing.lose(3n, 0, 'ring_full', 1)
  assert.equal(take(first), ['1 ring_full undefined'])
  assert.equal(take(second), ['8 ring_full undefined'])
})
s('give at their end what is still to come, and take nothing from others', () => {
  const { tracing, state, first, second } = two()
  tracing.rings = [ring(who, close(6000))]
  assert.equal(linesOf(first.end()), ['close@6000'], 'nothing waits for it any longer')
  assert.equal(linesOf(first.end()), [])
  assert.is(tracing.jobs.active_jobs, 2n)
  assert.equal(take(second), [], 'it may still be behind something')
  state.nowNs = 7000n
  assert.equal(take(second), ['close@6000'])
})
s('take nothing over from one that has ended', () => {
  const { tracing, session, first, second } = two()
  tracing.rings = [ring(who, close(1, 1n))]
  assert.equal(take(first), ['close@1'])
  first.end()
  for (let n = 0; n < 62; n++) session.subscribe(everything()).end()
  const next = session.subscribe(everything())
  assert.is(tracing.jobs.active_jobs, 3n, 'the number of the first')
  tracing.rings = [encodeEnd({ tid: 1, timeNs: 2n })]
  assert.equal([take(next), take(second)], [[], []], 'nobody who is left saw calls of the thread')
})
s('wait for what some cannot tell, while others are given it', () => {
  const { tracing, session } = fakeSession()
  let wanted: 'unknown' | 'yes' = 'unknown'
  const sure = session.subscribe(everything())
  const doubtful = session.subscribe({ ...everything(), wants: () => wanted })
  tracing.rings = [ring(who, close(1), encodeEnd({ tid: 1, timeNs: 2n }))]
  assert.equal(take(sure), ['close@1', 'end of 1'])
  assert.equal(take(doubtful), [])
  wanted = 'yes'
  session.refresh()
  assert.equal(take(sure), [])
  assert.equal(take(doubtful), ['close@1', 'end of 1'])
})
s('ask again when what they look at has changed, now and then, and at their end', async () => {
  const { tracing, session, clock } = fakeSession()
  let wanted: 'no' | 'yes' = 'no'
  const subscription = session.subscribe({ ...everything(), wants: () => wanted, hasChanged: () => true })
  wanted = 'yes'
  take(subscription)
  assert.is(tracing.targets.get(1n)!.jobs, 0n)
  await clock.advance(500)
  take(subscription)
  assert.is(tracing.targets.get(1n)!.jobs, 1n)
  wanted = 'no'
  tracing.rings = [ring(who, close(1, 1n))]
  assert.equal(linesOf(subscription.end()), [])
})
s('leave nothing behind when they cannot start, or the session closes', async () => {
  const { tracing, session, clock } = fakeSession()
  const attach = tracing.attach
  tracing.attach = () => {
    throw new Error('no')
  }
  assert.throws(() => session.subscribe(everything(), { durationMs: 5 }), /no/)
  assert.is(tracing.jobs.active_jobs, 0n)
  tracing.attach = attach
  const subscription = session.subscribe(everything(), { durationMs: 5 })
  await session.close()
  assert.is(clock.pending(), 0)
  assert.is(subscription.end().length, 0)
})
s.run()
