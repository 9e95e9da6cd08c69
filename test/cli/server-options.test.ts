import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../../cli/components.ts'
import { type TypedServer, toServerSources } from '../../cli/server-options.ts'
import { loadConfig } from '../../otel-config/load.ts'
import { runCli } from '../kit/cli.ts'
import { rejects } from '../kit/rejects.ts'

// biome-ignore lint/suspicious/noExplicitAny: configurations are looked at key by key
type Decoded = Record<string, any>
const registry = await loadRegistry()
const DEFAULTS: TypedServer = { metrics: true }

/** The plan that a command line comes to. */
async function planOf(typed: Partial<TypedServer>, given: readonly string[] = [], env = {}) {
  const sources = toServerSources({ ...DEFAULTS, ...typed }, given, env)
  const { plan } = await loadConfig({ sources, registry, env })
  const api = plan.extensions.get('trace_api')!.config as Decoded
  const prometheus = plan.exporters.get('prometheus')?.config as Decoded | undefined
  const charts = plan.exporters.get('charts')?.config as Decoded | undefined
  return { plan, api, prometheus, charts }
}

const s = suite('swoll server')
s('serves metrics and trace jobs at the address that only this host reaches', async () => {
  const { plan, api, prometheus } = await planOf({})
  assert.equal(plan.pipelines.map(({ id }) => id).sort(), ['logs', 'metrics'])
  assert.equal(api.endpoint, { host: '127.0.0.1', port: 9095 })
  assert.equal(prometheus!.endpoint, api.endpoint)
  assert.is(api.access_log, 'stdout')
  assert.is(api.pods, undefined)
})
s('--listen-addr changes all', async () => {
  const { api, prometheus, charts } = await planOf({ listenAddr: 'localhost:1' })
  assert.equal([api.endpoint.port, prometheus!.endpoint.port, charts!.endpoint.port], [1, 1, 1])
})
s('shows charts of the namespaces alone that the caller may trace', async () => {
  assert.is((await planOf({})).charts!.login, true)
})
s('refuses an address that is none, by the name of the option', async () => {
  const { message } = await rejects(planOf({ listenAddr: 'node-a' }), 'USAGE_INVALID')
  assert.match(message, /^--listen-addr: must be "host:port", .* got "node-a"/)
})
s('without a login serves nobody else, unless that is spelt out (S1)', async () => {
  await rejects(planOf({ listenAddr: ':9095' }), 'CONFIG_INVALID')
  const { api } = await planOf({ listenAddr: ':9095', insecureAllowAnonymous: true })
  assert.is(api.auth.insecure_allow_anonymous, true)
})
s('--no-metrics counts nothing', async () => {
  const { plan, prometheus } = await planOf({ metrics: false })
  assert.equal(
    plan.pipelines.map(({ id }) => id),
    ['logs'],
  )
  assert.is(prometheus, undefined)
})
s('--cert and --key are for all, and must both be there', async () => {
  const { api, prometheus, charts } = await planOf({ useTls: true, cert: '/a$b.crt', key: '/a.key' })
  assert.is(api.tls.cert_file, '/a$b.crt')
  assert.equal([prometheus!.tls, charts!.tls], [api.tls, api.tls])
  for (const lacking of [{ useTls: true, cert: 'a' }, { key: 'a' }, { useTls: true }] as const)
    await rejects(planOf(lacking), 'USAGE_INVALID')
})
s('--kubeconfig names pods in metrics and jobs', async () => {
  const { plan, api } = await planOf({ kubeconfig: '/etc/kube/config' })
  assert.equal([api.pods.auth_type, api.pods.kube_config_path], ['kubeConfig', '/etc/kube/config'])
  const metrics = plan.pipelines.find(({ id }) => id === 'metrics')!
  assert.equal(metrics.processors, ['k8s_attributes', 'syscall', 'cardinality_limit'])
})
s('--cri names them by the container runtime', async () => {
  for (const cri of ['/run/c.sock', 'unix:///run/c.sock']) {
    const { api } = await planOf({ cri })
    assert.equal([api.pods.source, api.pods.cri.endpoint], ['cri', 'unix:///run/c.sock'])
  }
})
s('in a pod asks the API server as the pod does', async () => {
  const { api } = await planOf({}, [], { KUBERNETES_SERVICE_HOST: '10.0.0.1' })
  assert.is(api.pods.auth_type, 'serviceAccount')
})
s('--altroot is where the host is', async () => {
  assert.is((await planOf({ altroot: '/host' })).api.root_path, '/host')
})
s('takes configurations on top of its own; what is typed wins', async () => {
  const own = 'yaml:{extensions: {trace_api: {endpoint: "localhost:1", limits: {jobs: 3}}}}'
  const given = await planOf({}, [own])
  assert.equal([given.api.endpoint.port, given.api.limits.jobs, given.api.access_log], [1, 3, 'stdout'])
  assert.is((await planOf({ listenAddr: ':2', insecureAllowAnonymous: true }, [own])).api.endpoint.port, 2)
})
s('says what is wrong with its command line, with exit code 2', () => {
  const { status, stderr } = runCli(['server', '--use-tls'])
  assert.is(status, 2)
  assert.match(stderr, '--cert: must be given for TLS, got nothing; give a PEM file')
})
s.run()
