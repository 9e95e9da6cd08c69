import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Agent } from '../../../client/cluster/agent.ts'
import { Reach } from '../../../client/cluster/reach.ts'
import { toClientOptions, type Way } from '../../../client/cluster/ways.ts'
import type { ClientOptions } from '../../../client/options.ts'
import type { Access } from '../../../kubernetes/client/access.ts'
import { type Clock, systemClock } from '../../../pipeline/clock.ts'
import { fakeClock } from '../../kit/clock.ts'
import { never } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'

const agent: Agent = {
  namespace: 'obs',
  node: 'a',
  pod: 'swoll-1',
  address: 'fd00::1',
  port: 9096,
  scheme: 'https',
  service: 'swoll',
  isReady: true,
}
const access: Access = {
  server: 'https://api:6443/clusters/c1/',
  credentials: async () => ({
    ca: 'cluster-ca',
    cert: 'c',
    key: 'k',
    headers: { authorization: 'Bearer t' },
  }),
}
const login = { token: async () => 't', certificate: { cert: 'c', key: 'k' } }
const trust = { ca: 'agents-ca' }

const options = suite('toClientOptions')
options('direct: the address, with the name of the Service for its certificate', async () => {
  const made = await toClientOptions('direct', { agent, access, login, trust })
  assert.equal(made, {
    endpoint: 'https://[fd00::1]:9096',
    token: login.token,
    cert: 'c',
    key: 'k',
    ca: 'agents-ca',
    serverName: 'swoll.obs.svc',
  })
})
options('proxy: the API server, which gets its login and hands on another', async () => {
  const { headers, ...made } = (await toClientOptions('proxy', { agent, access, login, trust }))!
  assert.equal(made, {
    endpoint: 'https://api:6443',
    pathPrefix: '/clusters/c1/api/v1/namespaces/obs/pods/https:swoll-1:9096/proxy',
    ca: 'cluster-ca',
    cert: 'c',
    key: 'k',
  })
  assert.equal(await (headers as () => Promise<unknown>)(), {
    authorization: 'Bearer t',
    'swoll-authorization': 'Bearer t',
  })
})
options('port-forward: as direct, over a connection of its own', async () => {
  const made = (await toClientOptions('port-forward', { agent, access, login, trust }))!
  assert.is(typeof made.connect, 'function')
  assert.is(made.serverName, 'swoll.obs.svc')
})
options('without TLS nothing of it is said', async () => {
  const plain: Agent = { ...agent, scheme: 'http' }
  assert.equal(await toClientOptions('direct', { agent: plain, access, login, trust }), {
    endpoint: 'http://[fd00::1]:9096',
    token: login.token,
  })
  const proxied = await toClientOptions('proxy', { agent: plain, access, login, trust })
  assert.match(proxied!.pathPrefix!, /pods\/swoll-1:9096\/proxy$/)
})
for (const [name, way, changed] of [
  ['a proxy without a token', 'proxy', { login: { certificate: login.certificate } }],
  ['a proxy to what is no pod', 'proxy', { agent: { ...agent, pod: undefined } }],
  ['a port-forward to what is no pod', 'port-forward', { agent: { ...agent, pod: undefined } }],
] as const)
  options(`there is no ${name}`, async () => {
    assert.is(await toClientOptions(way, { agent, access, login, trust, ...changed }), undefined)
  })
options.run()

const wayOf = ({ connect, pathPrefix }: ClientOptions): Way =>
  connect ? 'port-forward' : pathPrefix ? 'proxy' : 'direct'

function reachWith(
  works: (way: Way) => boolean,
  { ways, clock = systemClock }: { ways?: Way[]; clock?: Clock } = {},
) {
  const tried: Way[] = []
  const probe = async (made: ClientOptions) => {
    tried.push(wayOf(made))
    if (!works(wayOf(made))) throw new Error(`no ${wayOf(made)}`)
  }
  return { tried, reach: new Reach({ access, login, trust, ways, clock, probe }) }
}

const s = suite('Reach')
s('takes the first way that works, and that one first the next time', async () => {
  const { reach, tried } = reachWith(way => way === 'proxy')
  assert.is((await reach.reach(agent, never)).way, 'proxy')
  assert.is((await reach.reach(agent, never)).way, 'proxy')
  assert.equal(tried, ['direct', 'proxy', 'proxy'])
})
s('takes another when the one that worked does so no more', async () => {
  let working: Way = 'proxy'
  const { reach, tried } = reachWith(way => way === working)
  await reach.reach(agent, never)
  working = 'direct'
  assert.is((await reach.reach(agent, never)).way, 'direct')
  assert.equal(tried.slice(2), ['proxy', 'direct'])
})
s('says what each way said, and those alone that may be tried', async () => {
  const { reach } = reachWith(() => false, { ways: ['direct', 'port-forward'] })
  const { message } = await rejects(reach.reach(agent, never), 'AGENT_UNREACHABLE')
  assert.is(
    message,
    'agent a (obs/swoll-1): must be reachable, got\n  direct: no direct\n  port-forward: no port-forward',
  )
})
s('gives a way that does not answer its time, and no more', async () => {
  const clock = fakeClock()
  const probe = (made: ClientOptions) =>
    wayOf(made) === 'direct' ? new Promise<void>(() => {}) : Promise.resolve()
  const reach = new Reach({ access, login, trust, clock, probe })
  const reached = reach.reach(agent, never)
  while (clock.pending() === 0) await new Promise(resolve => setImmediate(resolve))
  await clock.advance(2000)
  assert.is((await reached).way, 'proxy')
})
s('reaches those that can be, and tells of the others', async () => {
  const { reach } = reachWith(way => way === 'proxy')
  const failed: string[] = []
  const lonely = { ...agent, node: 'b', pod: undefined }
  const reached = await reach.reachAll([agent, lonely], each => failed.push(each.node), never)
  assert.equal(
    reached.map(each => each.agent.node),
    ['a'],
  )
  assert.equal(failed, ['b'])
})
s.run()
