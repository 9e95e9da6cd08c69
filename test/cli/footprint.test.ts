/** Packages that an agent must not load: each costs megabytes for nothing. */
import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const AGENT = [
  'cli/slim-zod.ts',
  'cli/telemetry.ts',
  'cli/commands/collector.ts',
  ...globSync('{receiver,processors,exporters,connectors,extensions}/*/factory.ts'),
].map(path => `./${path}`)

interface Loaded {
  /** Names of Node's own. */
  readonly nodeModules: readonly string[]
  /** Languages that zod speaks. */
  readonly locales: number
}

/** Returns what a program has loaded that imports these modules. */
function loadedBy(...modules: readonly string[]): Loaded {
  const program = `
    for (const module of ${JSON.stringify(modules)}) await import(module)
    const { locales } = await import('zod')
    console.log(JSON.stringify({ nodeModules: process.moduleLoadList, locales: Object.keys(locales).length }))`
  const args = ['--input-type=module', '--eval', program]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

const loadsFetch = ({ nodeModules }: Loaded) => nodeModules.some(name => name.includes('undici'))

const footprint = suite('an agent')
footprint('does not load fetch', () => {
  assert.not(loadsFetch(loadedBy(...AGENT)))
  assert.ok(loadsFetch(loadedBy('node:http')), 'the test would see it')
})
footprint('does not load languages that it does not speak', () => {
  assert.is(loadedBy(...AGENT).locales, 0)
  assert.ok(loadedBy().locales > 40, 'the test would see them')
})
footprint.run()
