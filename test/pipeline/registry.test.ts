import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createRegistry, findFactory } from '../../pipeline/registry.ts'
import { fakeExporter, fakeProcessor } from '../kit/components.ts'

const named = (type: string, ...aliases: string[]) => ({ ...fakeExporter([], {}, type).factory, aliases })

const s = suite('createRegistry and findFactory')
s('find a factory by its type and by an older name', () => {
  const { exporters } = createRegistry([named('otlp_grpc', 'otlp'), named('debug', 'logging')])
  assert.is(findFactory(exporters, 'otlp_grpc')?.type, 'otlp_grpc')
  assert.is(findFactory(exporters, 'logging')?.type, 'debug')
  assert.is(findFactory(exporters, 'otlphttp'), undefined)
  assert.equal([...exporters.keys()], ['otlp_grpc', 'debug'])
})
s('the same name may be of two kinds', () => {
  const registry = createRegistry([named('filter'), fakeProcessor([], {}, 'filter')])
  assert.is(registry.processors.size + registry.exporters.size, 2)
})
for (const [a, b] of [
  [named('x'), named('x')],
  [named('a', 'x'), named('x')],
  [named('a', 'x'), named('b', 'x')],
])
  s(`refuses ${a!.type} (${a!.aliases}) beside ${b!.type} (${b!.aliases})`, () => {
    assert.throws(() => createRegistry([a!, b!]), /exporter "x": must be registered once/)
  })
s.run()
