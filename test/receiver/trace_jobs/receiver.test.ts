/** Jobs whose output is otlp, down the pipelines of the receiver. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CodedAttribute } from '../../../pipeline/data/columns.ts'
import { Services } from '../../../pipeline/services.ts'
import { config } from '../../../receiver/trace_jobs/config.ts'
import { factory } from '../../../receiver/trace_jobs/factory.ts'
import { JobSender } from '../../../receiver/trace_jobs/job-sender.ts'
import { JOBS_SERVICE } from '../../../trace/jobs/service.ts'
import { settled, sink } from '../../kit/consumers.ts'
import { createContext, never, nopHost } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'
import { batchOf, thread } from '../../kit/trace-batch.ts'
import { anyClose, close, fakeTable, who } from '../../trace/jobs/fake-machine.ts'
import { SECOND } from '../../trace/session/fake-session.ts'
import { ring } from '../../trace/session/fake-tracing.ts'

async function rig() {
  const services = new Services()
  const made = fakeTable()
  const [logs, traces] = [sink<'logs'>(), sink<'traces'>()]
  const lease = await services.lease(JOBS_SERVICE, () => made.table)
  const start = async () => {
    const context = createContext(config.parse({ resource_detection: { enabled: false } }))
    const receiver = factory.create(context, { logs, traces })
    await receiver.start(nopHost(services), never)
    return receiver
  }
  return { ...made, lease, logs, traces, start, receiver: await start() }
}

const rows = (batches: readonly { readonly tables: readonly { readonly rows: number }[] }[]) =>
  batches.flatMap(({ tables }) => tables.map(table => table.rows))

const s = suite('trace_jobs receiver')
s('sends calls of jobs with this output alone, with the job on each record and span', async () => {
  const { table, tracing, look, logs, traces, receiver, lease } = await rig()
  await table.create(anyClose({ name: 'monitor', spec: { output: ['logs', 'otlp'] } }))
  await table.create(anyClose({ id: 'b' }))
  tracing.rings = [ring(who, close(1, 3n), close(2, 3n), close(3, 2n))]
  await look()
  assert.equal([rows(logs.batches), rows(traces.batches)], [[2], [2]])
  for (const { attributes } of [logs.batches[0]!.tables[0]!, traces.batches[0]!.tables[0]!]) {
    const valuesOf = (key: string) => (attributes.find(each => each.key === key) as CodedAttribute)?.values
    assert.equal([valuesOf('swoll.trace.job'), valuesOf('swoll.trace.name')], [['a'], ['monitor']])
    assert.is(valuesOf('swoll.trace.namespace'), undefined)
  }
  await receiver.shutdown(never)
  await lease.release(never)
})
s('sends each call once while a successor of the receiver is there already', async () => {
  const { table, tracing, look, logs, receiver, start, lease } = await rig()
  await table.create(anyClose({ spec: { output: ['otlp'] } }))
  const successor = await start()
  tracing.rings = [ring(who, close(1), close(2))]
  await look()
  await receiver.shutdown(never)
  tracing.rings = [ring(close(3))]
  await look()
  assert.equal(rows(logs.batches), [2, 1])
  await successor.shutdown(never)
  await lease.release(never)
})
s('ends the spans of processes with the job', async () => {
  const { table, tracing, look, traces, receiver, lease } = await rig()
  await table.create(anyClose({ spec: { output: ['otlp'] } }))
  tracing.rings = [ring(who, close(1))]
  await look()
  await table.remove('a')
  await receiver.shutdown(never)
  assert.is(traces.batches.at(-1)!.tables[0]!.name.values[0], 'program')
  await lease.release(never)
})
s('sends no more than the budget of a job', async () => {
  const { table, tracing, look, logs, receiver, lease } = await rig()
  await table.create(anyClose({ spec: { output: ['otlp'], budget: { bytes: 1700 } } }))
  tracing.rings = [ring(who, close(1), close(2), close(3), close(4))]
  await look()
  assert.equal(rows(logs.batches), [table.list()[0]!.status().calls])
  await receiver.shutdown(never)
  await lease.release(never)
})
s('sends all pieces of what one look has brought', async () => {
  const { table, tracing, state, look, logs, receiver, lease } = await rig()
  state.nowNs = SECOND
  await table.create(anyClose({ spec: { output: ['otlp'], rateLimit: 0, budget: { bytes: 1e9 } } }))
  const calls = 10 * 4096
  tracing.rings = [ring(who, ...Array.from({ length: calls }, (_, i) => close(i + 1)))]
  await look()
  assert.is(
    rows(logs.batches).reduce((sum, one) => sum + one, 0),
    calls,
  )
  await receiver.shutdown(never)
  await lease.release(never)
})
s('does not start where nobody takes jobs', async () => {
  const receiver = factory.create(createContext(config.parse({})), { logs: sink<'logs'>() })
  await rejects(receiver.start(nopHost(), never), 'COMPONENT_START_FAILED')
  await receiver.shutdown(never)
})
s('waits for no pipeline: what comes meanwhile is lost, and counted', async () => {
  const sends: PromiseWithResolvers<void>[] = []
  const sender = new JobSender({
    send() {
      sends.push(Promise.withResolvers())
      return sends.at(-1)!.promise
    },
  })
  const batch = batchOf([[thread(), { call: 'close' }]])
  const lostOf = async (pieces: number) => {
    const lost = Array.from({ length: pieces }, () => sender.take(batch))
    await settled()
    return lost
  }
  for (const _ of [1, 2, 3, 4]) assert.equal(await lostOf(1), [0])
  assert.equal(
    [await lostOf(3), await lostOf(2)],
    [
      [0, 0, 0],
      [1, 1],
    ],
    'all pieces of a look, or none',
  )
  for (const { resolve } of sends.slice(0, 2)) resolve()
  assert.equal([await lostOf(1), await lostOf(1)], [[1], [1]])
  sends[2]!.resolve()
  await settled()
  assert.equal([await lostOf(1), await lostOf(1)], [[0], [1]])
  const ended = sender.end(1n)
  for (const { resolve } of sends) resolve()
  await ended
})
s.run()
