import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Agent } from '../../../client/cluster/agent.ts'
import { discoverAgents, followAgents } from '../../../client/cluster/discover.ts'
import { ApiClient } from '../../../kubernetes/client/api-client.ts'
import { systemClock } from '../../../pipeline/clock.ts'
import { never } from '../../kit/context.ts'
import { ObjectApi, type ObjectRequest } from '../../kit/object-api.ts'
import { rejects } from '../../kit/rejects.ts'

const SLICES = '/apis/discovery.k8s.io/v1/namespaces/swoll/endpointslices'
const OTHERS = '/apis/discovery.k8s.io/v1/namespaces/obs/endpointslices'
const slice = (name: string, ...nodes: string[]) => ({
  metadata: { name, namespace: 'swoll', labels: { 'kubernetes.io/service-name': 'swoll' } },
  ports: [{ name: 'api', port: 9096 }],
  endpoints: nodes.map(node => ({
    addresses: ['10.0.0.1'],
    nodeName: node,
    targetRef: { kind: 'Pod', name: node },
  })),
})
const pod = {
  metadata: { name: 'swoll-x', namespace: 'swoll' },
  spec: { nodeName: 'c', containers: [{ ports: [{ name: 'api', containerPort: 9096 }] }] },
  status: { podIP: '10.0.0.3' },
}
const namesOf = (agents: readonly Agent[]) => agents.map(({ node }) => node).join()
const forbid = (isForbidden: (request: ObjectRequest) => boolean) => (request: ObjectRequest) =>
  isForbidden(request)
    ? { status: 403, body: { message: `User "eve" cannot list resource at ${request.path}` } }
    : undefined

async function discover(api: ObjectApi, namespace?: string): Promise<string> {
  const client = new ApiClient(api.access())
  try {
    return namesOf(await discoverAgents({ client, namespace, abort: never }))
  } finally {
    client.close()
  }
}

const s = suite('discoverAgents')
s('asks for slices by the labels of the agents', async () => {
  await using api = await ObjectApi.start()
  api.put(SLICES, slice('one', 'b', 'a'))
  assert.is(await discover(api), 'a,b')
  assert.equal(api.requests[0]!.query, {
    labelSelector: 'app.kubernetes.io/name=swoll,app.kubernetes.io/component=agent',
  })
})
s('takes pods where there is no Service', async () => {
  await using api = await ObjectApi.start()
  api.put('/api/v1/namespaces/swoll/pods', pod)
  assert.is(await discover(api), 'c')
})
s('looks nowhere but in the namespace that is given', async () => {
  await using api = await ObjectApi.start()
  api.put(SLICES, slice('one', 'a'))
  api.put(OTHERS, slice('two', 'b'))
  assert.is(await discover(api, 'obs'), 'b')
})
s('shows nobody a login who makes up agents in a namespace of their own', async () => {
  await using api = await ObjectApi.start()
  api.put(OTHERS, slice('one', 'a'))
  assert.is(await discover(api), '')
  assert.ok(api.requests.every(({ path }) => path.includes('/namespaces/swoll/')))
})
s('finds none where there is none', async () => {
  await using api = await ObjectApi.start()
  assert.is(await discover(api), '')
})
s('says the right that is missing where all is forbidden', async () => {
  await using api = await ObjectApi.start(forbid(() => true))
  const { message } = await rejects(discover(api), 'KUBERNETES_API_FAILED')
  assert.match(message, /eve must be allowed to list endpointslices .* in the namespace swoll/)
})
s.run()

const follow = suite('followAgents')
follow('tells of those that come and go, and not of changes that change nothing', async () => {
  await using api = await ObjectApi.start()
  api.put(SLICES, slice('one', 'a'))
  const client = new ApiClient(api.access())
  const stop = new AbortController()
  const told: string[] = []
  let next = Promise.withResolvers<void>()
  const options = {
    client,
    abort: stop.signal,
    clock: systemClock,
    onFailure: () => next.reject(new Error('failed')),
  }
  const { ended } = await followAgents(options, agents => {
    told.push(namesOf(agents))
    next.resolve()
  })
  const after = async (change: () => void) => {
    next = Promise.withResolvers()
    change()
    await next.promise
  }
  while (!api.requests.some(({ query }) => query.watch)) await new Promise(resolve => setImmediate(resolve))
  await after(() => api.put(SLICES, slice('two', 'b')))
  api.put(SLICES, slice('two', 'b'))
  await after(() => api.delete(SLICES, 'one'))
  stop.abort()
  await ended
  client.close()
  assert.equal(told, ['a', 'a,b', 'b'])
})
follow.run()
