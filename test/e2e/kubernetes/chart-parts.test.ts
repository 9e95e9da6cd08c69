/** What the chart gives to programs with the agents' API and the controller is what these programs take; and objects of cert-manager. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeControllerOptions } from '../../../cli/controller/decode-options.ts'
import type { TypedController } from '../../../cli/controller/options.ts'
import { type Actions, createProgram } from '../../../cli/program.ts'
import { decodeTemplate } from '../../../controller/alerts/template.ts'
import { Scratch } from '../../kit/cli.ts'
import { requireAll } from '../../kit/skip.ts'
import { validate } from '../../kit/validate.ts'
import type { ApiObject } from '../kit/kubernetes/api.ts'
import { findKind, renderChart } from '../kit/kubernetes/chart.ts'
import { lacksPrograms } from '../kit/kubernetes/programs.ts'

requireAll(lacksPrograms())

const ALERTS = {
  enabled: true,
  tokenSecret: 'alertmanager',
  template: { spec: { duration: '2m', syscalls: ['\u0024{labels.syscall}'] } },
}
const VALUES = { api: { enabled: true }, controller: { enabled: true } }

interface Workload extends ApiObject {
  readonly spec: {
    readonly template: {
      readonly metadata: { readonly annotations: Readonly<Record<string, string>> }
      readonly spec: {
        readonly containers: readonly { readonly args: readonly string[] }[]
        readonly volumes: readonly { readonly name: string; readonly projected?: object }[]
      }
    }
  }
}
const textsOf = (objects: readonly ApiObject[], name: string): Record<string, string> =>
  objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)!.data as Record<
    string,
    string
  >

/** What `swoll controller` would do with these arguments. */
async function decodeArgs(values: object) {
  const { args } = findKind<Workload>(renderChart(values), 'Deployment')!.spec.template.spec.containers[0]!
  const typed: TypedController[] = []
  const actions = { controller: async (given: TypedController) => void typed.push(given) }
  await createProgram(actions as unknown as Actions, 'preset').parseAsync(args, { from: 'user' })
  return decodeControllerOptions(typed[0]!, {})
}

const agents = suite('the agents of the chart')
for (const [what, values] of [
  ['with the API', {}],
  ['with a folder of the node', { api: { storage: { hostPath: '/var/lib/swoll' } } }],
  ['with keys of a user', { config: { extensions: { trace_api: { policy: { payload_limit: 64 } } } } }],
] as const)
  agents(`take their configuration ${what} without a warning`, async () => {
    const objects = renderChart({ ...values, api: { ...VALUES.api, ...('api' in values && values.api) } })
    using scratch = new Scratch()
    const { plan, warnings } = await validate([
      scratch.write('agent.yaml', textsOf(objects, 'swoll')['agent.yaml']!),
    ])
    assert.equal(warnings, [])
    assert.ok(JSON.stringify(plan).includes('trace_api'))
  })
agents('are replaced when their configuration changes, or take it by themselves', () => {
  const given = [{}, { watchConfig: true }].map(values => {
    const { template } = findKind<Workload>(renderChart(values), 'DaemonSet')!.spec
    const isReplaced = Object.hasOwn(template.metadata.annotations, 'checksum/config')
    return `${template.spec.containers[0]!.args.join(' ')}, ${isReplaced ? 'replaced' : 'kept'}`
  })
  const args = 'collector --config /etc/swoll/agent.yaml'
  assert.equal(given, [`${args}, replaced`, `${args} --watch-config, kept`])
})
agents.run()

const controller = suite('the controller of the chart')
controller('is told where its agents are, and by which name and authority they are known', async () => {
  const settings = await decodeArgs(VALUES)
  assert.equal(settings.service, { namespace: 'swoll', name: 'swoll' })
  assert.equal([settings.caFile, settings.serverName], ['/etc/swoll-tls/ca.crt', 'swoll.swoll.svc'])
  assert.equal(settings.lease, { namespace: 'swoll', name: 'swoll-controller' })
  assert.equal([settings.image, settings.alerts], ['swoll:0.1.0', undefined])
})
controller('finds agents of a release by their Service, whatever nodes there are by then (C8)', async () => {
  const settings = await decodeArgs({ ...VALUES, fullnameOverride: 'eyes' })
  assert.equal([settings.service.name, settings.endpoints], ['eyes', []])
})
for (const [audiences, audience] of [
  [[], 'swoll'],
  [['prod', 'other'], 'prod'],
] as const)
  controller(`shows agents a token for ${audience} alone`, async () => {
    const config = { extensions: { trace_api: { auth: { kubernetes: { audiences } } } } }
    const values = { ...VALUES, config }
    assert.is((await decodeArgs(values)).tokenFile, '/var/run/secrets/swoll/token')
    const { volumes } = findKind<Workload>(renderChart(values), 'Deployment')!.spec.template.spec
    assert.equal(volumes.find(({ name }) => name === 'swoll-token')?.projected, {
      sources: [{ serviceAccountToken: { path: 'token', audience, expirationSeconds: 3600 } }],
    })
  })
controller('can be given agents elsewhere', async () => {
  const settings = await decodeArgs({ controller: { enabled: true, endpoints: ['a:1', 'b:2'] } })
  assert.equal([settings.endpoints, settings.tokenFile], [['a:1', 'b:2'], undefined])
})
controller('is refused where the agents’ API would share a port with what has no TLS', () => {
  const values = { ...VALUES, api: { enabled: true, port: 9095 } }
  assert.throws(() => renderChart(values), /api\.port: must differ from every port of `ports`/)
})
controller('is refused without any agents', () => {
  assert.throws(() => renderChart({ controller: { enabled: true } }), /must be together with api\.enabled/)
})
controller('takes alerts with its template, which keeps its texts', async () => {
  const values = { ...VALUES, controller: { enabled: true, alerts: ALERTS } }
  const { alerts } = await decodeArgs(values)
  assert.equal(alerts?.endpoint.port, 8081)
  const text = textsOf(renderChart(values), 'swoll-controller')['trace.yaml']!
  decodeTemplate(text, 'trace.yaml')
  assert.match(text, /\$\{labels\.syscall\}/)
  const without = { ...VALUES, controller: { enabled: true, alerts: { ...ALERTS, tokenSecret: '' } } }
  assert.throws(() => renderChart(without), /controller\.alerts\.tokenSecret: must name the Secret/)
})
controller.run()

const certificates = suite('certificates of others')
certificates('come from an authority of its own with cert-manager', () => {
  const objects = renderChart({ ...VALUES, certificates: { mode: 'cert-manager' } })
  const made = objects.filter(({ apiVersion }) => apiVersion === 'cert-manager.io/v1')
  assert.equal(made.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted(), [
    'Certificate swoll-ca',
    'Certificate swoll-tls',
    'Issuer swoll-ca',
    'Issuer swoll-self-signed',
  ])
  const { spec } = made.find(({ metadata }) => metadata.name === 'swoll-tls') as {
    spec: Record<string, unknown>
  } & ApiObject
  assert.equal(spec.dnsNames, ['swoll.swoll.svc', 'localhost'])
  assert.equal([spec.secretName, spec.issuerRef], ['swoll-tls', { kind: 'Issuer', name: 'swoll-ca' }])
  assert.is(findKind(objects, 'CronJob'), undefined)
})
certificates('come from an issuer that is there', () => {
  const issuerRef = { kind: 'ClusterIssuer', name: 'internal' }
  const objects = renderChart({ ...VALUES, certificates: { mode: 'cert-manager', issuerRef } })
  const made = objects.filter(({ apiVersion }) => apiVersion === 'cert-manager.io/v1')
  assert.equal(
    made.map(({ kind, spec }) => [kind, (spec as { issuerRef: object }).issuerRef]),
    [['Certificate', issuerRef]],
  )
})
certificates('are in the Secret that is named, and it must be named', () => {
  const mode = { mode: 'secret', secretName: 'own' }
  const objects = renderChart({ ...VALUES, certificates: mode })
  for (const kind of ['DaemonSet', 'Deployment'])
    assert.match(JSON.stringify(findKind(objects, kind)), /"secretName":"own"/)
  assert.is(findKind(objects, 'Secret'), undefined)
  assert.throws(
    () => renderChart({ ...VALUES, certificates: { mode: 'secret' } }),
    /certificates\.secretName: must name/,
  )
})
certificates.run()
