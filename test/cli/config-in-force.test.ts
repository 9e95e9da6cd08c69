import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../../cli/components.ts'
import { ConfigInForce } from '../../cli/config-in-force.ts'
import { readConfig } from '../../otel-config/load.ts'

const rootOf = async (text: string) => (await readConfig({ sources: [`yaml:${text}`] })).root

const s = suite('ConfigInForce')
s('shows the configuration of now, with defaults and without secrets', async () => {
  const first = await rootOf('exporters: {otlp_grpc: {endpoint: "h:1", headers: {authorization: hush}}}')
  const config = new ConfigInForce(await loadRegistry(), first)
  const shown = JSON.stringify(await config.show())
  assert.match(shown, '"endpoint":"h:1"')
  assert.match(shown, '"timeout":"5s"')
  assert.match(shown, '"authorization":"[REDACTED]"')
  assert.not.match(shown, 'hush')
  config.replace(await rootOf('exporters: {debug: {}}'))
  const { exporters } = (await config.show()) as { exporters: object }
  assert.equal(Object.keys(exporters), ['debug'])
})
s('makes it once, however many ask', async () => {
  const config = new ConfigInForce(await loadRegistry(), await rootOf('exporters: {debug: {}}'))
  const [first, second] = await Promise.all([config.show(), config.show()])
  assert.is(first, second)
  assert.is(await config.show(), first)
})
s.run()
