import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import type { Component, Consumer, Factory } from '../../pipeline/component.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import type { PipelineError } from '../../pipeline/errors.ts'
import { fakeClock } from './clock.ts'
import { checkConsumeContract } from './consume-contract.ts'
import { failing, held, settled, sink } from './consumers.ts'
import { createContext, never, recordingLogger, recordingMeter } from './context.ts'
import { checkLifecycle } from './lifecycle.ts'
import { metricsBatch, toPoints } from './metrics.ts'
import { rejects } from './rejects.ts'

const fails = (promise: Promise<unknown>) =>
  promise.then(
    (): string => {
      throw new Error('should have failed')
    },
    (error: Error) => error.message,
  )

const consumers = suite('test consumers')
consumers('keep, refuse or hold what they are given', async () => {
  const batch = metricsBatch([{ values: { n: 1 } }])
  const keep = sink()
  await keep.consume(batch, never)
  assert.is(keep.batches[0], batch)
  const error = await rejects(failing('PIPE_REJECTED').consume(batch, never), 'PIPE_REJECTED')
  assert.is((error as PipelineError).retryable, false)
  const slow = held()
  let isDone = false
  const done = slow.consume(batch, never).then(() => (isDone = true))
  await settled()
  assert.is(isDone, false)
  slow.release()
  await done
  assert.is(slow.waiting.length, 0)
})
consumers('rejects() refuses success and the wrong code', async () => {
  await fails(rejects(Promise.resolve(), 'PIPE_REJECTED'))
  await fails(rejects(failing('PIPE_QUEUE_FULL').consume(metricsBatch([]), never), 'PIPE_REJECTED'))
})
consumers.run()

const clock = suite('fakeClock')
clock('runs timers in the order they fall due, and none early', async () => {
  const time = fakeClock()
  const seen: string[] = []
  const stop = time.every(20, () => seen.push(`every@${time.monotonicMs()}`))
  time.after(30, () => seen.push(`after@${time.monotonicMs()}`))
  await time.advance(19)
  assert.equal(seen, [])
  await time.advance(41)
  assert.equal(seen, ['every@20', 'after@30', 'every@40', 'every@60'])
  stop()
  await time.advance(100)
  assert.is(seen.length, 4)
  assert.is(time.pending(), 0)
  assert.is(time.unixNano(), 1_700_000_000_160_000_000n)
})
clock.run()

const telemetry = suite('recording telemetry')
telemetry('keeps log lines and metric values', async () => {
  const log = recordingLogger()
  log.warn({ a: 1 }, 'said')
  assert.equal(log.lines, [{ level: 'warn', fields: { a: 1 }, message: 'said' }])
  const { meter, read } = recordingMeter()
  meter.createCounter('n').add(3, { b: 1, a: 2 })
  meter.createHistogram('h').record(7)
  assert.equal(await read(), { 'n{a=2,b=1}': 3, h: 1 })
})
telemetry.run()

const batches = suite('metricsBatch and toPoints')
batches('are inverse to each other', () => {
  const batch = metricsBatch([
    {
      resource: 'a',
      attributes: { x: '1' },
      values: { c: 1n, h: { sum: 2, buckets: { '-1': 2, 3: 1 }, zeroCount: 1 } },
    },
    { resource: 'b', attributes: { y: true }, values: { c: 2, g: { gauge: 0.5 } }, start: 5n, ended: true },
  ])
  const shared = { unit: '1', time: 2000n }
  const a = {
    ...shared,
    resource: 'a',
    resourceAttributes: { 'container.id': 'a' },
    attributes: { x: '1' },
    start: 1000n,
    ended: false,
  }
  const b = {
    ...shared,
    resource: 'b',
    resourceAttributes: { 'container.id': 'b' },
    attributes: { y: true },
    start: 5n,
    ended: true,
  }
  assert.equal(toPoints(batch), [
    { metric: 'c', ...a, value: 1n },
    { metric: 'h', ...a, value: { sum: 2, count: 4n, zeroCount: 1n, buckets: { '-1': 2n, 3: 1n } } },
    { metric: 'g', ...a, value: Number.NaN },
    { metric: 'c', ...b, value: 2n },
    { metric: 'g', ...b, value: 0.5 },
  ])
})
batches('share resources and dictionary entries', () => {
  const row = { resource: 'a', attributes: { x: '1' }, values: { c: 1 } }
  const { resources, tables } = metricsBatch([row, { ...row, resource: 'b' }, row])
  assert.equal(
    resources.map(r => r.id),
    ['a', 'b'],
  )
  assert.equal([...tables[0]!.resource], [0, 1, 0])
  assert.equal(tables[0]!.attributes[0]!.values, ['1'])
})
batches.run()

const contract = suite('checkConsumeContract')
const idsOf = (batch: MetricsBatch) => toPoints(batch).map(point => `${point.attributes.id}`)
const batchOf = (ids: readonly string[]) =>
  metricsBatch(ids.map(id => ({ attributes: { id }, values: { n: 1 } })))
const retrying = (attempts: number, isFussy: boolean) => async (next: Consumer<'metrics'>) => ({
  async produce(ids: readonly string[]) {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const error = await next.consume(batchOf(ids), never).catch((cause: PipelineError) => cause)
      if (!error || (isFussy && !error.retryable)) return
    }
  },
  async stop() {},
})
contract('passes a source that keeps it', () => checkConsumeContract(retrying(5, true), idsOf))
contract('catches a source that repeats what was refused for good', async () => {
  assert.match(await fails(checkConsumeContract(retrying(5, false), idsOf)), 'random permanent')
})
contract('catches a source that loses items', async () => {
  assert.match(await fails(checkConsumeContract(retrying(0, true), idsOf)), 'is offered')
})
contract.run()

const lifecycle = suite('checkLifecycle')
const factory = (component: Component, described = true): Factory<{ n: number }> => ({
  kind: 'exporters',
  type: 'fake',
  description: 'a fake',
  stability: { metrics: 'stable' },
  config: z.strictObject({ n: described ? z.number().describe('a number') : z.number() }),
  create: () => ({ ...component, consumers: { metrics: sink() } }),
})
const good: Component = { async start() {}, async shutdown() {} }
lifecycle('passes a component that keeps it', () => checkLifecycle(factory(good), { n: 1 }))
lifecycle('catches a shutdown that fails and a key without description', async () => {
  const bad = { ...good, shutdown: async () => assert.unreachable('broken shutdown') }
  assert.match(await fails(checkLifecycle(factory(bad), { n: 1 })), 'broken shutdown')
  assert.match(await fails(checkLifecycle(factory(good, false), { n: 1 })), 'config::n')
  const silent = { ...good, start: async () => Promise.reject(new Error('no start')) }
  assert.match(await fails(checkLifecycle(factory(silent), { n: 1 })), 'no start')
  await checkLifecycle(factory(silent), { n: 1 }, { canStart: false })
})
lifecycle('catches a signal that is promised and not there', async () => {
  const boasting = { ...factory(good), stability: { metrics: 'stable', logs: 'stable' } as const }
  assert.match(await fails(checkLifecycle(boasting, { n: 1 })), 'it supports')
})
lifecycle.run()

const context = suite('createContext')
context('takes what is given and fills in the rest', () => {
  const { id, config } = createContext({ a: 1 }, { id: 'x/y' })
  assert.equal({ id, config }, { id: 'x/y', config: { a: 1 } })
})
context.run()
