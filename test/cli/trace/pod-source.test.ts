import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openPodsFor } from '../../../cli/trace/open-pods.ts'
import { choosePodSource } from '../../../cli/trace/pod-source.ts'
import { fakeClock } from '../../kit/clock.ts'
import { rejects } from '../../kit/rejects.ts'
import { containerSelection } from '../../kit/selection.ts'
import { CONTAINER } from '../../kit/trace-batch.ts'

const source = suite('choosePodSource')
const CRIO = '/run/crio/crio.sock'
for (const [name, options, env, want] of [
  ['--cri', { cri: '/a' }, { KUBERNETES_SERVICE_HOST: 'h' }, { kind: 'runtime', socket: '/a' }],
  ['--cri, as an address', { cri: 'unix:///a' }, {}, { kind: 'runtime', socket: '/a' }],
  ['--kubeconfig', { kubeconfig: 'k' }, { KUBERNETES_SERVICE_HOST: 'h' }, { kind: 'kubeconfig', path: 'k' }],
  ['a service account', {}, { KUBERNETES_SERVICE_HOST: 'h', KUBECONFIG: 'k' }, { kind: 'service_account' }],
  ['$KUBECONFIG', {}, { KUBECONFIG: 'k' }, { kind: 'kubeconfig', path: undefined }],
  ['a socket of this host', {}, {}, { kind: 'runtime', socket: CRIO }],
] as const)
  source(name, () => {
    const given = { kubeconfig: undefined, cri: undefined, ...options }
    assert.equal(
      choosePodSource(given, env, path => path === CRIO),
      want,
    )
  })
source('nothing', () => {
  assert.equal(
    choosePodSource({ kubeconfig: undefined, cri: undefined }, {}, () => false),
    { kind: 'none' },
  )
})
source.run()

const open = suite('openPodsFor')
const selection = containerSelection()
const context = { clock: fakeClock(), abort: new AbortController().signal, warn: () => {} }
const none = { kubeconfig: undefined, cri: '/no/such.sock', node: undefined }
open('fails when the selection cannot do without pods', async () => {
  await rejects(openPodsFor({ ...selection, labels: 'app' }, none, context), 'KUBERNETES_CONFIG_INVALID')
})
open('goes on with ids when it can, and says why', async () => {
  const warnings: string[] = []
  const pods = await openPodsFor(selection, none, { ...context, warn: message => warnings.push(message) })
  assert.is(pods.view.findPlace(CONTAINER)?.container, null, 'nothing waits')
  assert.equal(warnings, [
    'containers are shown by their ids: --cri: must be the socket of a container runtime, got "/no/such.sock"',
  ])
})
open('refuses fields that a container runtime never knows', async () => {
  const error = await rejects(
    openPodsFor({ ...selection, fields: 'status.phase=Running' }, none, context),
    'USAGE_INVALID',
  )
  assert.match(
    error.message,
    /^--field-selector: must name what a container runtime knows \(metadata\.name, .*\), got "status\.phase"; give --kubeconfig$/,
  )
})
open.run()
