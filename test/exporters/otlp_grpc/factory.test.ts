import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { factory } from '../../../exporters/otlp_grpc/factory.ts'
import { checkLifecycle } from '../../kit/lifecycle.ts'

const made = suite('otlp_grpc factory')
made('keeps the promises of a component, with a server that is not there', () =>
  checkLifecycle(factory, { endpoint: 'http://127.0.0.1:1' }),
)
made('is found under its type, and under the older one', () => {
  assert.equal([factory.type, ...(factory.aliases ?? [])], ['otlp_grpc', 'otlp'])
})
made('loads gRPC when the exporter starts, not before', () => {
  const script = `
    import { createRequire } from 'node:module'
    import { factory } from './exporters/otlp_grpc/factory.ts'
    const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some(file => file.includes('grpc-js'))
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const { createNoopMeter } = await import('@opentelemetry/api')
    const config = factory.config.parse({ endpoint: 'http://127.0.0.1:1' })
    const exporter = factory.create({ id: 'otlp', config, log, meter: createNoopMeter() }, {})
    const before = isLoaded()
    await exporter.start({ report() {}, retain() {} }, new AbortController().signal)
    console.log(before, isLoaded())
    await exporter.shutdown(new AbortController().signal)`
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  assert.is(output.trim(), 'false true')
})
made.run()
