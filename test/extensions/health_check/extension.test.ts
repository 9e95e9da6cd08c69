import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { HealthCheck } from '../../../extensions/health_check/extension.ts'
import { factory } from '../../../extensions/health_check/factory.ts'
import type { Host } from '../../../pipeline/component.ts'
import { Health } from '../../../pipeline/health.ts'
import { type ComponentStatus, NO_STATUSES, type State, type StatusView } from '../../../pipeline/states.ts'
import { createAuthority } from '../../kit/certificates.ts'
import { fakeClock } from '../../kit/clock.ts'
import { createContext, never, nopHost, recordingLogger } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'

interface Running extends AsyncDisposable {
  readonly health: Health
  readonly clock: ReturnType<typeof fakeClock>
  /** Status and text. */
  get(path: string): Promise<string>
}

async function start(config: object = {}, others: Partial<Host> = {}): Promise<Running> {
  const clock = fakeClock()
  const health = new Health(clock)
  const log = recordingLogger()
  const parsed = factory.config.parse({ endpoint: '127.0.0.1:0', ...config })
  const extension = new HealthCheck(createContext(parsed, { id: 'health_check', log }))
  await extension.start({ ...nopHost(), health, ...others }, never)
  const { url } = log.lines[0]!.fields
  return {
    health,
    clock,
    async get(path) {
      const response = await fetch(new URL(path, `${url}`))
      return `${response.status} ${await response.text()}`
    },
    [Symbol.asyncDispose]: () => extension.shutdown(never),
  }
}

const s = suite('HealthCheck')
s('listens where the Collector does by default', () => {
  const { endpoint, path } = factory.config.parse({})
  assert.equal([endpoint, path], [{ host: 'localhost', port: 13_133 }, '/'])
})
s('has started once and for all, is ready in between, and lives throughout', async () => {
  await using running = await start()
  const statuses = async () =>
    (await Promise.all(['/startupz', '/livez', '/readyz', '/'].map(path => running.get(path)))).map(text =>
      text.slice(0, 3),
    )
  assert.equal(await statuses(), ['503', '200', '503', '503'])
  running.health.state = 'running'
  assert.equal(await statuses(), ['200', '200', '200', '200'])
  running.health.state = 'stopping'
  assert.equal(await statuses(), ['200', '200', '503', '503'])
})
s('says in a line for each check what failed, and in one word that nothing did', async () => {
  await using running = await start()
  running.health.state = 'running'
  running.health.expectBeats({ name: 'loop', for: 'live', maxSilenceMs: 1000 })
  assert.is(await running.get('/livez'), '200 ok\n')
  assert.is(await running.get('/?verbose'), '200 [+]all components ok\n[+]loop ok\nreadyz check passed\n')
  await running.clock.advance(3000)
  const failed = '[-]loop failed: none for 3 s\n'
  assert.is(await running.get('/livez'), `503 [+]event loop ok\n${failed}livez check failed\n`)
  assert.is(await running.get('/'), `503 [+]all components ok\n${failed}readyz check failed\n`)
})
s('answers at the path of the configuration, and lists what there is at /', async () => {
  await using running = await start({ path: '/health/status' })
  running.health.state = 'running'
  assert.is(await running.get('/health/status'), '200 ok\n')
  assert.match(await running.get('/'), '<a href="/startupz">Whether it has started</a>')
})
s('names the key of a certificate that cannot be read', async () => {
  const { certFile } = createAuthority().sign('server', 'IP:127.0.0.1')
  const tls = { cert_file: certFile, key_file: '/nonexistent' }
  const { message } = await rejects(start({ tls }), 'TLS_INVALID')
  assert.is(message, 'extensions::health_check::tls: key_file /nonexistent: does not exist; check the path')
})
s.run()

const v2 = suite('HealthCheck with use_v2')
const V2 = { use_v2: true, http: { endpoint: '127.0.0.1:0' } }
const exporter = (state: State, cause?: Error): ComponentStatus => ({
  component: 'exporters::otlp',
  kind: 'exporters',
  id: 'otlp',
  pipelines: ['metrics'],
  state,
  cause,
  sinceUnixNano: 0n,
})
const statusesOf = (...all: ComponentStatus[]): StatusView => ({ ...NO_STATUSES, list: () => all })
const jsonOf = (text: string) => JSON.parse(text.slice(4))
v2('nothing is more than starting until all has started', async () => {
  const statuses = statusesOf(exporter('recoverable', new Error('away')))
  await using running = await start(V2, { statuses })
  const before = await running.get('/status')
  assert.is(before.slice(0, 3), '503')
  assert.equal([jsonOf(before).status, jsonOf(before).error], ['StatusStarting', undefined])
  running.health.state = 'running'
  const after = await running.get('/status')
  assert.is(after.slice(0, 3), '200')
  assert.equal([jsonOf(after).status, jsonOf(after).error], ['StatusRecoverableError', 'away'])
})
v2('what a change of the configuration starts and stops counts at the end of the process alone', async () => {
  const statuses = statusesOf(exporter('ok'), exporter('starting'), { ...exporter('stopping'), id: 'old' })
  await using running = await start(V2, { statuses })
  running.health.state = 'running'
  const meanwhile = await running.get('/status?verbose')
  assert.is(meanwhile.slice(0, 3), '200')
  assert.equal(Object.keys(jsonOf(meanwhile).components['pipeline:metrics'].components), ['exporter:otlp'])
  running.health.state = 'stopping'
  assert.is((await running.get('/status')).slice(0, 3), '503')
})
v2('one pipeline by its id, and no other; parts with verbose', async () => {
  await using running = await start(V2, { statuses: statusesOf(exporter('ok')) })
  running.health.state = 'running'
  assert.is(await running.get('/status?pipeline=logs'), '404 ')
  assert.is(await running.get('/status?pipeline=__proto__'), '404 ')
  assert.is(jsonOf(await running.get('/status?pipeline=metrics')).components, undefined)
  assert.equal(Object.keys(jsonOf(await running.get('/status?pipeline=metrics&verbose')).components), [
    'exporter:otlp',
  ])
  assert.equal(Object.keys(jsonOf(await running.get('/status?verbose=true')).components), [
    'pipeline:metrics',
  ])
  assert.is(jsonOf(await running.get('/status?verbose=false')).components, undefined)
})
v2('live, ready and started are told as well, at the same address', async () => {
  await using running = await start({ ...V2, http: { ...V2.http, status: { enabled: false } } })
  running.health.state = 'running'
  assert.is(await running.get('/livez'), '200 ok\n')
  assert.is(await running.get('/startupz'), '200 ok\n')
  assert.is((await running.get('/status')).slice(0, 3), '404')
  assert.is((await running.get('/config')).slice(0, 3), '404')
})
v2('states are told at their path, also where a probe would answer', async () => {
  const http = { ...V2.http, status: { path: '/readyz' } }
  await using running = await start({ ...V2, http }, { statuses: statusesOf(exporter('ok')) })
  running.health.state = 'running'
  assert.is(jsonOf(await running.get('/readyz')).status, 'StatusOK')
  assert.is(await running.get('/livez'), '200 ok\n')
})
v2('the configuration is shown where that is asked for', async () => {
  const http = { ...V2.http, config: { enabled: true, path: '/c' } }
  await using running = await start({ ...V2, http }, { showConfig: async () => ({ receivers: {} }) })
  assert.is(await running.get('/c'), '200 {"receivers":{}}')
})
for (const [given, message] of [
  [{ use_v2: true }, 'http must be set with use_v2: true'],
  [{ http: {} }, 'http goes with use_v2: true alone'],
  [{ component_health: {} }, 'component_health goes with use_v2: true alone'],
] as const)
  v2(`refused: ${JSON.stringify(given)}`, () => {
    const { error } = factory.config.safeParse(given)
    assert.equal(
      error?.issues.map(({ path, message }) => `${path.join('::')} ${message}`),
      [message],
    )
  })
v2.run()
