/** Alerts of an Alertmanager, from the request to the Trace. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { alertRoute } from '../../../controller/alerts/route.ts'
import { type AlertResult, AlertStarter } from '../../../controller/alerts/starter.ts'
import { decodeTemplate, fillIn } from '../../../controller/alerts/template.ts'
import type { Alert } from '../../../controller/alerts/webhook.ts'
import { objectOf, TRACES } from '../../../controller/kinds.ts'
import type { Trace } from '../../../controller/resource.ts'
import { ApiError } from '../../../kubernetes/client/api-error.ts'
import { systemClock } from '../../../pipeline/clock.ts'
import { leaseListener } from '../../../pipeline/http/lease.ts'
import { Services } from '../../../pipeline/services.ts'
import { fakeClock } from '../../kit/clock.ts'
import { nopLogger, nopMeter } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'
import { FakeCluster, type Fault } from '../kit/cluster.ts'

const HEAD = 'apiVersion: tools.swoll.criticalstack.com/v1alpha1\nkind: Trace\n'
const template = (rest: string) => decodeTemplate(`${HEAD}${rest}`, 'template.yaml')
/** Stands for what the alert has. */
const place = (name: string) => `$\{${name}}`
const BY_CALL = `spec: {duration: 5m, syscalls: ['${place('labels.syscall')}']}`
const alert = (more: Partial<Alert> = {}): Alert => ({
  status: 'firing',
  labels: { alertname: 'ManyErrors', namespace: 'shop', pod: 'web-1', container: 'nginx', syscall: 'openat' },
  annotations: {},
  fingerprint: '0123456789abcdef',
  ...more,
})
const labelled = (labels: Record<string, string>) => alert({ labels: { ...alert().labels, ...labels } })

const filling = suite('fillIn')
filling('is for the pod and container of the alert, and goes after a day', () => {
  assert.equal(fillIn(template(BY_CALL), alert()), {
    namespace: 'shop',
    spec: {
      ttlSecondsAfterFinished: 86_400,
      pods: ['web-1'],
      hostSelector: ['nginx'],
      duration: '5m',
      syscalls: ['openat'],
    },
  })
})
filling('leaves out what the alert has nothing for', () => {
  const { syscall: _, container: __, ...labels } = alert().labels
  const filled = fillIn(template(BY_CALL), alert({ labels }))
  assert.ok(typeof filled === 'object')
  assert.equal(filled.spec, {
    ttlSecondsAfterFinished: 86_400,
    pods: ['web-1'],
    duration: '5m',
    syscalls: [],
  })
})
filling('aims where the template does', () => {
  const filled = fillIn(
    template(`spec: {duration: 5m, labelSelector: {matchLabels: {app: '${place('annotations.app')}'}}}`),
    alert({ annotations: { app: 'web' } }),
  )
  assert.ok(typeof filled === 'object')
  assert.equal(filled.spec, {
    ttlSecondsAfterFinished: 86_400,
    duration: '5m',
    labelSelector: { matchLabels: { app: 'web' } },
  })
})
filling('aims at no more pods than the template does where the alert has too little', () => {
  const pods = `pods: ['${place('labels.target')}']`
  const labels = `labelSelector: {matchLabels: {app: '${place('annotations.app')}', tier: front}}`
  const field = `fieldSelector: {matchLabels: {spec.nodeName: '${place('labels.node')}'}}`
  for (const aim of [pods, labels, field, `hostSelector: ['${place('labels.none')}']`])
    assert.match(
      String(fillIn(template(`spec: {duration: 5m, ${aim}}`), alert())),
      /^spec\.\w+: must be filled in by the alert/,
    )
})
const hostile: readonly (readonly [string, Record<string, string>, RegExp | 'kept'])[] = [
  ['YAML', { syscall: 'openat]\nduration: 700h\npayloadLimit: 4000 #' }, /spec\.syscalls/],
  ['another placeholder', { syscall: place('labels.namespace') }, /spec\.syscalls/],
  ['a namespace that is none', { namespace: '../kube-system' }, /^labels\.namespace: must be a namespace/],
  ['no namespace', { namespace: '' }, /^labels\.namespace/],
  ['a pod that is none', { pod: 'web-1,other' }, /^labels\.pod: must be the name of a pod/],
  ['a call that is none', { syscall: 'no_such' }, /spec\.syscalls.*no_such/],
  ['a name of prototypes', { syscall: 'openat', constructor: 'x' }, 'kept'],
]
for (const [name, labels, want] of hostile)
  filling(`is not changed by an alert with ${name}`, () => {
    const filled = fillIn(template(BY_CALL), labelled(labels))
    if (want === 'kept') assert.ok(typeof filled === 'object')
    else assert.match(String(filled), want)
  })
filling.run()

const templates = suite('decodeTemplate')
const bad: readonly (readonly [string, string, RegExp])[] = [
  ['no end', 'spec: {syscalls: [openat]}', /spec\.duration: must be set, or spec\.budget/],
  ['a schedule', "spec: {duration: 1m, schedule: '* * * * *'}", /spec\.schedule: must not be set/],
  ['a wrong call', 'spec: {duration: 1m, syscalls: [opneat]}', /^template\.yaml: spec\.syscalls.*opneat/],
  [
    'a wrong cool-down',
    'metadata: {annotations: {tools.swoll.criticalstack.com/cool-down: soon}}',
    /"30m", got "soon"/,
  ],
  ['a name', 'metadata: {name: x}\nspec: {duration: 1m}', /metadata/],
  ['no YAML', 'spec: [', /must be YAML/],
]
for (const [name, rest, message] of bad)
  templates(`refuses ${name}`, () => {
    assert.throws(
      () => template(rest),
      (error: Error) => message.test(error.message),
    )
  })
templates.run()

function createStarter(rest: string, fault: () => Fault = () => 'none') {
  const clock = fakeClock()
  const cluster = new FakeCluster({ clock, lagMs: () => 0, fault })
  const results: AlertResult[] = []
  const traces = () => cluster.list('traces') as unknown as Trace[]
  const make = () =>
    new AlertStarter({
      api: cluster.api(),
      template: template(rest),
      traces,
      clock,
      onResult: result => results.push(result),
    })
  return { clock, cluster, traces, results, make, starter: make() }
}

const starting = suite('AlertStarter')
starting(
  'starts once per alert and cool-down, also after a restart and with another controller',
  async () => {
    const { clock, starter, make, traces, results } = createStarter(BY_CALL)
    await starter.take(alert())
    await starter.take(alert())
    await make().take(alert())
    assert.is(traces().length, 1)
    await starter.take(alert({ fingerprint: 'ff' }))
    assert.is(traces().length, 2)
    await clock.advance(29 * 60_000)
    await starter.take(alert())
    assert.is(traces().length, 2)
    await clock.advance(2 * 60_000)
    await starter.take(alert())
    assert.is(traces().length, 3)
    assert.equal(results, ['started', 'cooling', 'cooling', 'started', 'cooling', 'started'])
    assert.match(traces()[0]!.metadata.name, /^alert-0123456789abcdef-\w+$/)
  },
)
starting('ends the Trace of a resolved alert if the template says so, and of no other', async () => {
  const ends =
    'metadata: {annotations: {tools.swoll.criticalstack.com/on-resolved: end}}\nspec: {duration: 5m}'
  for (const [rest, left] of [
    [ends, ['ff']],
    [BY_CALL, ['0123456789abcdef', 'ff']],
  ] as const) {
    const { starter, traces } = createStarter(rest)
    await starter.take(alert())
    await starter.take(alert({ fingerprint: 'ff' }))
    await starter.take(alert({ status: 'resolved' }))
    assert.equal(
      traces().map(({ metadata }) => metadata.labels!['tools.swoll.criticalstack.com/alert']),
      left,
    )
  }
})
starting('lets an alert be sent again that could not be taken', async () => {
  let fault: Fault = 'before'
  const { starter, traces } = createStarter(BY_CALL, () => fault)
  await starter.take(alert()).then(
    () => assert.unreachable(),
    () => {},
  )
  fault = 'none'
  assert.is(await starter.take(alert()), 'started')
  assert.is(traces().length, 1)
})
starting('takes no alert before it knows which Traces there are: it would start one again', async () => {
  const { cluster, clock, traces } = createStarter(BY_CALL)
  let isKnown = false
  const starter = new AlertStarter({
    api: cluster.api(),
    template: template(BY_CALL),
    traces: () => (isKnown ? traces() : undefined),
    clock,
    onResult() {},
  })
  await rejects(starter.take(alert()), 'KUBERNETES_API_FAILED')
  assert.is(traces().length, 0)
  isKnown = true
  assert.is(await starter.take(alert()), 'started')
})
starting('does not take the Trace of another namespace for that of the alert', async () => {
  const { cluster, make, traces } = createStarter(BY_CALL)
  await make().take(alert())
  const [{ metadata, ...forged }] = traces() as [Trace]
  cluster.create(
    { ...TRACES, namespace: 'other' },
    { ...forged, metadata: { ...metadata, name: 'forged', namespace: 'other' } },
  )
  cluster.delete(objectOf(TRACES, metadata))
  assert.is(await make().take(alert()), 'started')
})
starting('refuses what an admission webhook denies, rather than have it sent again for ever', async () => {
  const { cluster, clock, traces } = createStarter(BY_CALL)
  const denied = new ApiError('admission webhook "x" denied the request', { status: 400 })
  const starter = new AlertStarter({
    api: { ...cluster.api(), create: () => Promise.reject(denied) },
    template: template(BY_CALL),
    traces,
    clock,
    onResult() {},
  })
  assert.is(await starter.take(alert()), 'refused')
})
starting.run()

async function withRoute(body: (url: string, taken: Alert[]) => Promise<void>, fail = false): Promise<void> {
  const taken: Alert[] = []
  const route = alertRoute({
    token: async () => 'secret',
    async take(given) {
      if (fail) throw new Error('as told')
      taken.push(given)
      return 'started'
    },
    onError() {},
  })
  const lease = await leaseListener(
    { service: new Services().lease },
    {
      place: 'test',
      endpoint: { host: '127.0.0.1', port: 0 },
      limits: { tls: undefined, headerTimeoutMs: 2000, writeTimeoutMs: 2000, idleTimeoutMs: 2000 },
      routes: [route],
      onError() {},
      log: nopLogger,
      meter: nopMeter,
      clock: systemClock,
    },
  )
  try {
    await body(lease.url, taken)
  } finally {
    await lease.release(AbortSignal.abort())
  }
}

const ALERTS = JSON.stringify({ version: '4', status: 'firing', alerts: [{ ...alert(), startsAt: 'x' }] })
const LOGIN = { authorization: 'Bearer secret' }
const routing = suite('alertRoute')
const requests: readonly (readonly [string, string, RequestInit, number])[] = [
  ['the right token', '/alerts', { method: 'POST', body: ALERTS, headers: LOGIN }, 200],
  ['a slash at the end', '/alerts/', { method: 'POST', body: ALERTS, headers: LOGIN }, 200],
  ['no token', '/alerts', { method: 'POST', body: ALERTS }, 401],
  [
    'a wrong token',
    '/alerts',
    { method: 'POST', body: ALERTS, headers: { authorization: 'Bearer secre' } },
    401,
  ],
  ['another method', '/alerts', { headers: LOGIN }, 405],
  ['another path', '/alerts/x', { method: 'POST', body: ALERTS, headers: LOGIN }, 404],
  ['no JSON', '/alerts', { method: 'POST', body: 'hello', headers: LOGIN }, 400],
  ['no alerts', '/alerts', { method: 'POST', body: '{}', headers: LOGIN }, 400],
  [
    'a fingerprint that is none',
    '/alerts',
    { method: 'POST', body: ALERTS.replace('0123', '../x'), headers: LOGIN },
    400,
  ],
  ['too much', '/alerts', { method: 'POST', body: ' '.repeat(2 ** 20 + 1), headers: LOGIN }, 413],
]
for (const [name, path, init, status] of requests)
  routing(`answers ${status} to ${name}`, () =>
    withRoute(async (url, taken) => {
      const answer = await fetch(url + path, init)
      assert.is(answer.status, status)
      assert.match(answer.headers.get('content-type')!, /^application\/json/)
      await answer.json()
      assert.is(taken.length, status === 200 ? 1 : 0)
    }),
  )
routing('answers 503 while the API server takes nothing, so that it is sent again', () =>
  withRoute(async url => {
    const answer = await fetch(`${url}/alerts`, { method: 'POST', body: ALERTS, headers: LOGIN })
    assert.is(answer.status, 503)
    await answer.text()
  }, true),
)
routing.run()
