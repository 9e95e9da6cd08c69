/** The charts at the address of the agents' API. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ChartsExporter } from '../../../exporters/charts/exporter.ts'
import { factory } from '../../../exporters/charts/factory.ts'
import { Services } from '../../../pipeline/services.ts'
import { startApi } from '../../extensions/trace_api/kit.ts'
import { createContext, never, nopHost } from '../../kit/context.ts'
import { freePort } from '../../kit/free-port.ts'
import { rejects } from '../../kit/rejects.ts'
import { callsOf, startCharts } from './http-kit.ts'

const TOKENS = [
  { name: 'shop', token: 'of-the-shop-0123456789', namespaces: ['shop'] },
  { name: 'all', token: 'of-everything-0123456789', namespaces: ['*'] },
]
const TABLE = '/metrics/charts/data/table?by=namespace'
const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const startWith = (services: Services, more: object = {}) =>
  startApi({ services, given: { auth: { tokens: TOKENS }, ...more } })

const s = suite('charts at the address of the API')
for (const order of ['the API first', 'the charts first'])
  s(
    `are there for its users, who see what they may, though their own address asks for no login: ${order}`,
    async () => {
      const services = new Services()
      await using stack = new AsyncDisposableStack()
      const early = order === 'the API first' ? stack.use(await startWith(services)) : undefined
      const charts = stack.use(await startCharts({}, services))
      const api = early ?? stack.use(await startWith(services))
      await charts.collect([
        callsOf('shop', 'read', 1),
        callsOf('bank', 'read', 2),
        callsOf(undefined, 'read', 4),
      ])
      assert.is((await charts.get('/data/table?by=namespace')).json.total.calls, 7)
      assert.is((await api.ask(TABLE)).status, 401)
      for (const [{ token }, calls] of [
        [TOKENS[0]!, 1],
        [TOKENS[1]!, 7],
      ] as const)
        assert.is((await api.ask(TABLE, as(token))).body.total.calls, calls)
      assert.is((await api.ask('/metrics/charts')).status, 200, 'the page has no numbers')
    },
  )

s('tell that the API is beside them, and that it asks for a login', async () => {
  const services = new Services()
  await using api = await startWith(services)
  await using charts = await startCharts({}, services)
  const { body } = await api.ask('/metrics/charts/data/about', as(TOKENS[0]!.token))
  assert.equal([body.needsLogin, body.services.api], [true, true])
  const { json } = await charts.get('/data/about')
  assert.equal([json.needsLogin, json.services.api], [false, false])
})

s('go with the exporter, while the API stays, and come again with another', async () => {
  const services = new Services()
  await using api = await startWith(services)
  const first = await startCharts({}, services)
  const second = await startCharts({}, services)
  await first.exporter.shutdown(never)
  const status = async () => (await api.ask(TABLE, as(TOKENS[1]!.token))).status
  assert.is(await status(), 200)
  await second.exporter.shutdown(never)
  assert.is(await status(), 404)
})

s(
  'are not, where the configuration does not want them, and only once at an address that they share',
  async () => {
    const services = new Services()
    await using api = await startWith(services)
    await using _ = await startCharts({ api: false }, services)
    assert.is((await api.ask(TABLE, as(TOKENS[1]!.token))).status, 404)
    const endpoint = `127.0.0.1:${await freePort()}`
    const others = new Services()
    await using same = await startWith(others, { endpoint })
    await using charts = await startCharts({ endpoint }, others)
    assert.is((await same.ask(TABLE)).status, 200, 'login: false holds')
    assert.is((await charts.get('/data/about')).json.services.api, true)
  },
)

s('name who has their path at that address', async () => {
  const services = new Services()
  await using _ = await startWith(services)
  const parsed = factory.config.parse({ endpoint: '127.0.0.1:0', path: '/jobs' })
  const exporter = new ChartsExporter(createContext(parsed, { id: 'charts' }))
  const error = await rejects(exporter.start(nopHost(services), never), 'COMPONENT_START_FAILED')
  await exporter.shutdown(never)
  assert.match(error.message, 'must not serve /jobs')
})
s.run()
