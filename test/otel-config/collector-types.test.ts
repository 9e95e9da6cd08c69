/** Hints say where a user of the Collector goes on; none is for what is here. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../../cli/components.ts'
import { hintForCollectorType } from '../../otel-config/collector-types.ts'
import { KIND_NAMES } from '../../pipeline/kinds.ts'

const registry = await loadRegistry()

const s = suite('hintForCollectorType')
for (const kind of KIND_NAMES)
  s(`has none for ${kind} of this program, nor for their older names`, () => {
    const names = [...registry[kind].values()].flatMap(({ type, aliases = [] }) => [type, ...aliases])
    assert.equal(
      names.filter(name => hintForCollectorType(kind, name) !== undefined),
      [],
    )
  })
for (const [kind, type, want] of [
  ['exporters', 'loki', /otlp_http/],
  ['exporters', 'jaeger', /otlp_grpc/],
  ['exporters', 'kafka', /Collector/],
  ['processors', 'groupbyattrs', /k8s_attributes/],
  ['extensions', 'sigv4auth', /Collector/],
] as const)
  s(`sends a user of ${type} on`, () => assert.match(hintForCollectorType(kind, type) ?? '', want))
s('knows no type that the Collector has not', () =>
  assert.is(hintForCollectorType('exporters', 'nothing'), undefined),
)
s.run()
