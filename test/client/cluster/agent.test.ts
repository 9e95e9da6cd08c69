import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Agent,
  agentOfPod,
  agentsOfSlice,
  describeAgent,
  distinctAgents,
  type EndpointSlice,
} from '../../../client/cluster/agent.ts'

const slice: EndpointSlice = {
  metadata: { namespace: 'obs', labels: { 'kubernetes.io/service-name': 'my-swoll' } },
  ports: [
    { name: 'metrics', port: 9095 },
    { name: 'api', port: 9096, appProtocol: 'https' },
  ],
  endpoints: [
    {
      addresses: ['10.0.0.2'],
      nodeName: 'b',
      targetRef: { kind: 'Pod', name: 'swoll-2' },
      conditions: { ready: false },
    },
    { addresses: ['fd00::1'], nodeName: 'a', targetRef: { kind: 'Pod', name: 'swoll-1' } },
    { addresses: ['10.0.0.3'] },
    { addresses: [] },
  ],
}

const slices = suite('agentsOfSlice')
slices('gives an agent for each endpoint with an address, at the port api', () => {
  const service = 'my-swoll'
  const each = { namespace: 'obs', port: 9096, scheme: 'https' as const, service }
  assert.equal(agentsOfSlice(slice), [
    { ...each, node: 'b', pod: 'swoll-2', address: '10.0.0.2', isReady: false },
    { ...each, node: 'a', pod: 'swoll-1', address: 'fd00::1', isReady: true },
    { ...each, node: '10.0.0.3', pod: undefined, address: '10.0.0.3', isReady: true },
  ])
})
slices('knows an agent without TLS by the protocol that its port says', () => {
  const [first] = agentsOfSlice({ ...slice, ports: [{ name: 'api', port: 1, appProtocol: 'http' }] })
  assert.is(first!.scheme, 'http')
})
for (const [name, changed] of [
  ['no port api', { ports: [{ name: 'metrics', port: 9095 }] }],
  ['no endpoints', { endpoints: null }],
  ['no ports', { ports: null }],
] as const)
  slices(`gives none with ${name}`, () => assert.equal(agentsOfSlice({ ...slice, ...changed }), []))
slices.run()

const pod = {
  metadata: { name: 'swoll-1', namespace: 'obs', ownerReferences: [{ kind: 'DaemonSet', name: 'my-swoll' }] },
  spec: { nodeName: 'a', containers: [{ ports: [{ name: 'api', containerPort: 9096 }] }] },
  status: { podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] },
}
const pods = suite('agentOfPod')
pods('gives the agent with the name of its DaemonSet for that of the Service', () => {
  assert.equal(agentOfPod(pod), {
    namespace: 'obs',
    node: 'a',
    pod: 'swoll-1',
    address: '10.0.0.1',
    port: 9096,
    scheme: 'https',
    service: 'my-swoll',
    isReady: true,
  })
})
for (const [name, changed] of [
  ['an address', { status: {} }],
  ['a port api', { spec: { containers: [{}] } }],
] as const)
  pods(`gives none for a pod without ${name}`, () => assert.is(agentOfPod({ ...pod, ...changed }), undefined))
pods.run()

const agent = (node: string, changed: Partial<Agent> = {}): Agent => ({
  namespace: 'obs',
  node,
  pod: `swoll-${node}`,
  address: '10.0.0.1',
  port: 1,
  scheme: 'https',
  service: undefined,
  isReady: true,
  ...changed,
})
const distinct = suite('distinctAgents')
distinct('gives each once, in the order of nodes: the ready one of two that are the same', () => {
  const late = agent('a', { isReady: false })
  const again = agent('a', { address: 'fd00::1' })
  assert.equal(distinctAgents([agent('b'), late, again, agent('b', { address: 'fd00::2' })]), [
    again,
    agent('b'),
  ])
})
distinct('keeps two of one name in two namespaces', () => {
  assert.is(distinctAgents([agent('a'), agent('a', { namespace: 'other' })]).length, 2)
})
distinct.run()

const describe = suite('describeAgent')
describe('names node and pod, or the address where it is none', () => {
  assert.is(describeAgent(agent('a')), 'a (obs/swoll-a)')
  assert.is(describeAgent(agent('a', { pod: undefined })), 'a (10.0.0.1:1)')
})
describe.run()
