/** Each wrong configuration in test/fixtures/otel-config gives the text in test/golden/otel-config, with the real components. */
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../../cli/components.ts'
import { ConfigError, formatIssues, loadConfig } from '../../otel-config/load.ts'
import { assertGolden } from '../kit/golden.ts'

// biome-ignore lint/suspicious/noTemplateCurlyInString: a reference
const ENV = { NUMBER: '5', LOOP: '${LOOP}' }
const registry = await loadRegistry()

const s = suite('wrong configurations')
for (const path of globSync('test/fixtures/otel-config/bad-*.yaml').sort())
  s(basename(path, '.yaml'), async () => {
    const error = await loadConfig({ sources: [path], registry, env: ENV }).catch((cause: unknown) => cause)
    assert.instance(error, ConfigError)
    const { issues, warnings } = error as ConfigError
    const lines = formatIssues([...issues, ...warnings]).replaceAll('test/fixtures/otel-config/', '')
    assert.not.match(lines, 's3cret')
    assertGolden(`otel-config/${basename(path, '.yaml')}.txt`, `${lines}\n`)
  })
s.run()
