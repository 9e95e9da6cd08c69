import { hostname } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { resourceDetection } from '../../../pipeline/resource-detection/config.ts'
import { detectResource } from '../../../pipeline/resource-detection/detect.ts'
import type { HostFacts } from '../../../pipeline/resource-detection/host.ts'

const ID = 'a'.repeat(32)

interface Scene {
  readonly env?: Readonly<Record<string, string>>
  readonly host?: Partial<HostFacts>
  readonly files?: Readonly<Record<string, string>>
  readonly config?: object
}

function detect({ env = {}, host = {}, files = { '/etc/machine-id': ID }, config = {} }: Scene) {
  const facts = {
    hostname: 'node-a',
    isFirstName: true,
    isImage: false,
    readLine: (path: string) => files[path],
    ...host,
  }
  return detectResource(resourceDetection.parse(config), { env, host: facts })
}

const NODE = { K8S_NODE_NAME: 'worker-1' }
const POD = { hostname: 'swoll-x7k2p', isFirstName: false, isImage: true }
const rows: readonly (readonly [what: string, scene: Scene, origin: object])[] = [
  ['a host', {}, { 'host.name': 'node-a', 'host.id': ID, 'service.instance.id': 'node-a' }],
  [
    'a host whose machine id is elsewhere',
    { files: { '/etc/machine-id': 'uninitialized', '/var/lib/dbus/machine-id': ID } },
    { 'host.name': 'node-a', 'host.id': ID, 'service.instance.id': 'node-a' },
  ],
  ['a host without one', { files: {} }, { 'host.name': 'node-a', 'service.instance.id': 'node-a' }],
  [
    'a host that has the name of many, by its id',
    { host: { hostname: 'localhost' } },
    { 'host.name': 'localhost', 'host.id': ID, 'service.instance.id': ID },
  ],
  [
    'a host with nothing else',
    { host: { hostname: 'localhost' }, files: {} },
    { 'host.name': 'localhost', 'service.instance.id': 'localhost' },
  ],
  [
    'a pod, by its node: its own name and machine id are not the host’s',
    { host: POD, env: NODE },
    { 'host.name': 'worker-1', 'k8s.node.name': 'worker-1', 'service.instance.id': 'worker-1' },
  ],
  [
    'a unit of systemd, which has a host name of its own that is the same',
    { host: { isFirstName: false } },
    { 'host.name': 'node-a', 'host.id': ID, 'service.instance.id': 'node-a' },
  ],
  [
    'an agent on the node itself',
    { env: { KUBE_NODE_NAME: 'worker-1' } },
    { 'host.name': 'node-a', 'host.id': ID, 'k8s.node.name': 'worker-1', 'service.instance.id': 'worker-1' },
  ],
  [
    'a container that knows no node',
    { host: POD },
    { 'host.name': 'swoll-x7k2p', 'service.instance.id': 'swoll-x7k2p' },
  ],
  [
    'what the environment says, before the rest',
    { env: { OTEL_RESOURCE_ATTRIBUTES: 'host.name=given,k8s.cluster.name=prod%2Ceu' } },
    { 'host.name': 'given', 'host.id': ID, 'k8s.cluster.name': 'prod,eu', 'service.instance.id': 'given' },
  ],
  [
    'the environment last, where that is asked for',
    {
      env: { OTEL_RESOURCE_ATTRIBUTES: 'host.name=given,team=shop' },
      config: { detectors: ['host', 'env'] },
    },
    { 'host.name': 'node-a', 'host.id': ID, team: 'shop', 'service.instance.id': 'node-a' },
  ],
  [
    'what is configured, over all, and not what is removed',
    { config: { attributes: { 'host.id': null, 'host.name': 'web', team: 'shop' } } },
    { 'host.name': 'web', team: 'shop', 'service.instance.id': 'web' },
  ],
  [
    'an instance that is configured',
    { config: { attributes: { 'service.instance.id': 'edge-7' } }, files: {} },
    { 'host.name': 'node-a', 'service.instance.id': 'edge-7' },
  ],
  [
    'an instance that the environment gives, and no other word of the agent’s own service',
    { env: { OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=edge-7,service.version=1' }, files: {} },
    { 'host.name': 'node-a', 'service.instance.id': 'edge-7' },
  ],
  ['nothing without detectors', { env: NODE, config: { detectors: [] } }, {}],
]
const s = suite('detectResource')
for (const [what, scene, want] of rows) s(`knows ${what}`, () => assert.equal(detect(scene).origin, want))
s('keeps what the environment says of the process itself apart', () => {
  const env = { OTEL_SERVICE_NAME: 'agent', OTEL_RESOURCE_ATTRIBUTES: 'service.namespace=ops,team=shop' }
  assert.equal(detect({ env }).own, { 'service.name': 'agent', 'service.namespace': 'ops' })
})
s('says what it could not use', () => {
  assert.match(
    detect({ env: { OTEL_RESOURCE_ATTRIBUTES: 'x' } }).problems[0]!,
    /^OTEL_RESOURCE_ATTRIBUTES: must be/,
  )
  assert.equal(detect({}).problems, [])
})
s('asks this machine unless told otherwise', () => {
  const { origin } = detectResource({ detectors: ['host'], attributes: {} })
  if (!process.env.K8S_NODE_NAME) assert.is(origin['host.name'], hostname())
})
s.run()

const settings = suite('resourceDetection')
for (const [name, input, path, message] of [
  [
    'a name for all services',
    { attributes: { 'service.name': 'x' } },
    'attributes.service.name',
    /of its own/,
  ],
  ['an unknown detector', { detectors: ['ec2'] }, 'detectors.0', /env/],
  ['an empty value', { attributes: { team: '' } }, 'attributes.team', />=1/],
  ['a number', { attributes: { tier: 1 } }, 'attributes.tier', /string/],
  ['an unknown key', { override: true }, '', /override/],
] as const)
  settings(`refuses ${name}`, () => {
    const issues = resourceDetection.safeParse(input).error?.issues ?? []
    assert.is(issues.length, 1, JSON.stringify(issues))
    assert.is(issues[0]!.path.join('.'), path)
    assert.match(issues[0]!.message, message)
  })
settings.run()
