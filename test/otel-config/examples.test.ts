/** The example pipelines pass validate, without a warning; those for the Collector name only what they define. */
import { globSync, readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { validate } from '../kit/validate.ts'

const examples = globSync('otel-config/examples/*.yaml').sort()

const s = suite('each example')
s('there are some', () => assert.ok(examples.length > 1))
for (const path of examples)
  s(`${path} passes validate without a warning`, async () => {
    assert.equal((await validate([path])).warnings, [])
  })
s.run()

type Section = 'receivers' | 'processors' | 'exporters'
type Collector = Readonly<Record<Section, object>> & {
  readonly service: { readonly pipelines: Readonly<Record<string, Readonly<Record<Section, string[]>>>> }
}

const collector = suite('each example for the Collector')
for (const path of globSync('otel-config/examples/collector/*.yaml').sort())
  collector(`${path} uses all that it defines, and nothing else`, () => {
    const config: Collector = parse(readFileSync(path, 'utf8'))
    for (const section of ['receivers', 'processors', 'exporters'] as const) {
      const used = Object.values(config.service.pipelines).flatMap(pipeline => pipeline[section])
      assert.equal([...new Set(used)].sort(), Object.keys(config[section]).sort(), section)
    }
  })
collector.run()
