import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../processors/resource_detection/config.ts'
import { detect, readSurroundings, type Surroundings } from '../../../processors/resource_detection/detect.ts'
import { findHostName, type Names } from '../../../processors/resource_detection/host-name.ts'
import { createProcessors } from '../../../processors/resource_detection/processor.ts'
import { describeSystem, SYSTEM_ATTRIBUTES } from '../../../processors/resource_detection/system.ts'
import { sink } from '../../kit/consumers.ts'
import { createContext, never, nopHost, recordingLogger } from '../../kit/context.ts'
import { logsOf, spansOf } from '../../kit/log-batch.ts'
import { metricsBatch, toPoints } from '../../kit/metrics.ts'
import { rejects } from '../../kit/rejects.ts'

const fail = async (): Promise<never> => {
  throw new Error('ENOTFOUND')
}
const SILENT: Names = { hosts: () => '', resolveCname: fail, lookup: fail, lookupService: fail }
const around = (env: Surroundings['env'], names: Names = SILENT): Surroundings => ({
  env,
  host: { hostname: 'box', isFirstName: true, isImage: true, readLine: () => undefined },
  names,
  readText: path => (path === '/etc/os-release' ? 'NAME="A B"\nVERSION_ID=12\nPRETTY_NAME="A B 12"\n' : ''),
})
const run = (written: unknown, surroundings: Surroundings) =>
  detect(config.parse(written), surroundings, never)

const ENV = { OTEL_RESOURCE_ATTRIBUTES: 'team=shop,k8s.node.name=from-env', K8S_NODE_NAME: 'node-a' }
const s = suite('resource_detection processor')
const FOUND: readonly (readonly [name: string, written: unknown, env: Surroundings['env'], want: unknown])[] =
  [
    ['the environment alone by default', {}, ENV, { team: 'shop', 'k8s.node.name': 'from-env' }],
    ['nothing of an empty environment', {}, {}, {}],
    ['the name of the service', {}, { OTEL_SERVICE_NAME: 'swoll' }, { 'service.name': 'swoll' }],
    [
      'of several detectors the first that knows it',
      { detectors: ['k8s_api', 'env'] },
      ENV,
      { team: 'shop', 'k8s.node.name': 'node-a' },
    ],
    ['the node, by the older name', { detectors: ['k8snode'] }, ENV, { 'k8s.node.name': 'node-a' }],
    [
      'the node, from another variable',
      { detectors: ['k8s_api'], k8s_api: { node_from_env_var: 'NODE' } },
      { ...ENV, NODE: 'b' },
      { 'k8s.node.name': 'b' },
    ],
    ['the host', { detectors: ['system'] }, {}, { 'host.name': 'box', 'os.type': 'linux' }],
    [
      'of the host what is asked for',
      {
        detectors: ['system'],
        system: {
          hostname_sources: ['os'],
          resource_attributes: {
            'host.name': { enabled: false },
            'os.type': { enabled: false },
            'os.name': { enabled: true },
            'os.version': { enabled: true },
            'os.build.id': { enabled: true },
          },
        },
      },
      {},
      { 'os.name': 'A B', 'os.version': '12' },
    ],
  ]
for (const [name, written, env, want] of FOUND)
  s(`finds ${name}`, async () => {
    assert.equal(await run(written, around(env)), { attributes: want, problems: [] })
  })

const PROBLEMS: readonly (readonly [
  name: string,
  written: unknown,
  env: Surroundings['env'],
  want: RegExp,
])[] = [
  [
    'what is no list of pairs',
    {},
    { OTEL_RESOURCE_ATTRIBUTES: 'team' },
    /^OTEL_RESOURCE_ATTRIBUTES: must be pairs/,
  ],
  [
    'no name of the host',
    { detectors: ['system'], system: { hostname_sources: ['dns', 'lookup'] } },
    {},
    /^system: no source of host.name has answered, asked dns, lookup; add os/,
  ],
]
for (const [name, written, env, want] of PROBLEMS)
  s(`tells of ${name}, and goes on`, async () => {
    const { attributes, problems } = await run(written, around(env))
    assert.is(problems.length, 1)
    assert.match(problems[0]!, want)
    assert.is(attributes['host.name'] ?? attributes['k8s.node.name'] ?? attributes.team, undefined)
  })

s('refuses to start without the name of the node that it was asked for', async () => {
  for (const [written, name] of [
    [{ detectors: ['env', 'k8s_api'] }, 'K8S_NODE_NAME'],
    [{ detectors: ['k8snode'], k8snode: { node_from_env_var: 'NODE' } }, 'NODE'],
  ] as const) {
    const { message } = await rejects(run(written, around({ NODE: '' })), 'CONFIG_INVALID')
    assert.match(message, `k8s_api::node_from_env_var: must be a variable that is set, got ${name};`)
  }
})

const NAMES: Names = {
  hosts: () => '127.0.0.1 localhost\n10.0.0.1 box.hosts.example box # x\n10.0.0.2 other.example other\n',
  resolveCname: async () => ['box.cname.example.'],
  lookup: async () => [
    { address: '127.0.0.1', family: 4 },
    { address: '10.0.0.1', family: 4 },
  ],
  lookupService: async address => ({
    hostname: address === '127.0.0.1' ? 'localhost' : 'box.reverse.example',
  }),
}
for (const [sources, names, want] of [
  [['os'], NAMES, 'box'],
  [['dns'], NAMES, 'box.hosts.example'],
  [['dns'], { ...NAMES, hosts: () => '127.0.1.1 box' }, 'box.reverse.example'],
  [['cname'], NAMES, 'box.cname.example'],
  [['cname'], { ...NAMES, resolveCname: fail }, 'box'],
  [['lookup'], NAMES, 'box.reverse.example'],
  [['lookup'], { ...NAMES, lookupService: fail }, undefined],
  [['cname', 'lookup', 'os'], SILENT, 'box'],
  [['cname', 'lookup'], SILENT, undefined],
] as const)
  s(`knows the host as ${want}, from ${sources}`, async () => {
    assert.is(await findHostName('box', sources, names, never), want)
  })

s('waits for names no longer than until the abort', async () => {
  const limit = new AbortController()
  const names: Names = { ...SILENT, lookup: () => new Promise(() => setImmediate(() => limit.abort())) }
  assert.is(await findHostName('box', ['lookup'], names, limit.signal), undefined)
  assert.is(await findHostName('box', ['os'], names, limit.signal), 'box')
})

s('describes a processor by its first block', () => {
  const cpuInfo =
    'vendor_id\t: V\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: M @ 2:1\nstepping\t: 7\ncache size\t: 36608 KB\n\nvendor_id\t: W\n'
  const facts = { host: { 'host.name': 'box' }, arch: 'x64', kernel: 'Linux', osRelease: '', cpuInfo }
  assert.equal(
    describeSystem(facts, () => true),
    {
      'host.name': 'box',
      'host.arch': 'amd64',
      'host.cpu.vendor.id': 'V',
      'host.cpu.family': '6',
      'host.cpu.model.id': '85',
      'host.cpu.model.name': 'M @ 2:1',
      'host.cpu.stepping': '7',
      'host.cpu.cache.l2.size': 36608,
      'os.type': 'linux',
      'os.description': 'Linux',
    },
  )
})

s('reads this machine', async () => {
  const enabled = Object.fromEntries(SYSTEM_ATTRIBUTES.map(key => [key, { enabled: true }]))
  const written = {
    detectors: ['system'],
    system: { hostname_sources: ['os'], resource_attributes: enabled },
  }
  const { attributes } = await run(written, readSurroundings())
  assert.type(attributes['host.name'], 'string')
  assert.match(String(attributes['os.description']), /Linux/)
})

/** Resources of each signal after a processor that has started. */
async function resources(written: unknown) {
  const log = recordingLogger()
  const create = createContext(config.parse(written), { log })
  const processors = createProcessors(() => around({ OTEL_RESOURCE_ATTRIBUTES: 'team=shop,container.id=x' }))
  const [metrics, logs, traces] = [sink<'metrics'>(), sink<'logs'>(), sink<'traces'>()]
  const own = [
    processors.metrics(create, metrics),
    processors.logs(create, logs),
    processors.traces(create, traces),
  ] as const
  for (const one of own) await one.start(nopHost(), never)
  const row = { resource: 'a', text: 'x', attributes: {} }
  await own[0].consume(
    metricsBatch([
      { resource: 'a', values: { calls: 2 } },
      { resource: 'b', values: { calls: 3 } },
    ]),
    never,
  )
  await own[1].consume(logsOf([row]), never)
  await own[2].consume(spansOf([row]), never)
  for (const one of own) await one.shutdown(never)
  const attributes = [logs, traces].map(({ batches: [batch] }) => batch!.resources[0]!.attributes)
  const points = toPoints(metrics.batches[0]!).map(p => [JSON.stringify(p.resourceAttributes), p.value])
  return { attributes, points, levels: log.lines.map(({ level }) => level) }
}

s(
  'adds what it found to resources of all signals, over what they have; those that become alike are one',
  async () => {
    const { attributes, points, levels } = await resources({})
    for (const one of attributes) assert.equal([one.team, one['container.id']], ['shop', 'x'])
    assert.equal(points, [['{"container.id":"x","team":"shop"}', 5n]])
    assert.equal(levels, ['info', 'info', 'info'])
  },
)

s('leaves what resources have, if it is not to override', async () => {
  const { points } = await resources({ override: false })
  assert.equal(points, [
    ['{"container.id":"a","team":"shop"}', 2n],
    ['{"container.id":"b","team":"shop"}', 3n],
  ])
})

for (const [given, remedy] of [
  ['ec2', 'use env, with what it would find in OTEL_RESOURCE_ATTRIBUTES'],
  ['docker', 'use system, which finds host.name and os.type without a socket'],
  ['constructor', 'use env, with what it would find in OTEL_RESOURCE_ATTRIBUTES'],
] as const)
  s(`says what to do instead of ${given}`, () => {
    const { error } = config.safeParse({ detectors: ['env', given] })
    assert.equal(
      error!.issues.map(({ path, message }) => [path, message]),
      [[['detectors', 1], `must be one of env, system, k8s_api, got "${given}" (string); ${remedy}`]],
    )
  })
s.run()
