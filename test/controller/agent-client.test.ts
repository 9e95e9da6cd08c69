/** The controller's requests to an agent, against the API itself. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type AgentAccess, createAgentApi } from '../../controller/agent-client.ts'
import { AgentRefusal } from '../../controller/agents.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { startApi } from '../extensions/trace_api/kit.ts'
import { FakeAgent } from '../kit/fake-agent.ts'

const access = (token?: string): AgentAccess => ({ token: async () => token, ca: async () => undefined })
const JOB = { namespace: 'shop', id: 'shop.web.01234567', name: 'web', leaseMs: 300_000 }

function createApi(token?: string) {
  const asked: string[] = []
  const onRequest = (verb: string, result: string) => asked.push(`${verb} ${result}`)
  return { asked, api: createAgentApi({ access: access(token), clock: systemClock, onRequest }) }
}

async function refusalOf(call: Promise<unknown>): Promise<AgentRefusal> {
  try {
    await call
  } catch (error) {
    assert.instance(error, AgentRefusal)
    return error as AgentRefusal
  }
  throw new Error('was not refused')
}

const s = suite('createAgentApi')
s('puts, renews, tells apart, reads and deletes a job', async () => {
  await using rig = await startApi()
  const agent = { node: 'a', endpoint: rig.url }
  const { api, asked } = createApi()
  const job = { ...JOB, spec: { syscalls: ['openat'], duration: '10m' } }
  assert.is(await api.status(agent, job.id), undefined)
  assert.is(await api.ensure(agent, job), 'new')
  assert.is(await api.ensure(agent, job), 'kept')
  assert.is(await api.ensure(agent, { ...job, spec: { syscalls: ['connect'] } }), 'other')
  assert.equal((await api.get(agent, job.id))?.traceSpec.spec, job.spec)
  assert.is((await api.get(agent, job.id))?.traceSpec.metadata.name, 'web')
  assert.is((await api.status(agent, job.id))?.state, 'Running')
  await api.delete(agent, job.id)
  await api.delete(agent, job.id)
  assert.is(await api.get(agent, job.id), undefined)
  assert.ok(asked.every(line => line.endsWith(' done')))
})
s('has a job end with its lease, which a renewal begins anew', async () => {
  await using rig = await startApi()
  const agent = { node: 'a', endpoint: rig.url }
  const { api } = createApi()
  const job = { ...JOB, spec: {} }
  await api.ensure(agent, job)
  await rig.clock.advance(290_000)
  await api.ensure(agent, job)
  await rig.clock.advance(290_000)
  assert.is((await api.status(agent, job.id))?.state, 'Running')
  await rig.clock.advance(20_000)
  const status = await api.status(agent, job.id)
  assert.equal([status?.state, status?.reason], ['Complete', 'LeaseExpired'])
})
const refusals: readonly (readonly [number, AgentRefusal['kind']])[] = [
  [400, 'refused'],
  [403, 'refused'],
  [401, 'unreachable'],
  [429, 'busy'],
  [503, 'busy'],
  [500, 'unreachable'],
]
for (const [status, kind] of refusals)
  s(`takes ${status} for ${kind}, and says what the agent has said`, async () => {
    await using agent = await FakeAgent.start()
    agent.intercept = (_, answer) => {
      answer.writeHead(status, { 'content-type': 'application/json' }).end('{"error":"as told"}')
      return true
    }
    const { api, asked } = createApi('secret')
    const at = { node: 'a', endpoint: `http://${agent.endpoint}` }
    const refusal = await refusalOf(api.ensure(at, { ...JOB, spec: {} }))
    assert.is(refusal.kind, kind)
    assert.match(refusal.message, /as told/)
    assert.equal(asked, [`ensure ${kind}`])
    assert.is(agent.seen[0]!.headers.authorization, 'Bearer secret')
  })
s('takes nobody there for unreachable', async () => {
  const { api } = createApi()
  const refusal = await refusalOf(api.status({ node: 'a', endpoint: 'http://127.0.0.1:1' }, 'x'))
  assert.is(refusal.kind, 'unreachable')
  assert.match(refusal.message, /ECONNREFUSED/)
})
s('takes a refusal of what is read for unreachable: the job may well run', async () => {
  await using agent = await FakeAgent.start()
  agent.intercept = (_, answer) => {
    answer.writeHead(403).end()
    return true
  }
  const { api } = createApi()
  assert.is(
    (await refusalOf(api.status({ node: 'a', endpoint: `http://${agent.endpoint}` }, 'x'))).kind,
    'unreachable',
  )
})
s.run()
