/** Configurations that a real Collector and swoll both understand are taken or refused alike; where not, it is written down why. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../../cli/components.ts'
import { ConfigError, loadConfig } from '../../otel-config/load.ts'
import { assertGolden } from '../kit/golden.ts'
import { lacksOtlpCollector, validateByCollector } from '../kit/otlp-collector.ts'
import { requireAll } from '../kit/skip.ts'
import { CASES, type Case, TEXTS } from './kit/conformance-cases.ts'

requireAll(lacksOtlpCollector())

const UNKNOWN = 'its HTTP exporters let unknown keys pass since 0.160 (core#15907)'

const ONLY_GZIP = 'the gRPC of Node knows gzip alone'
const AT_START = 'it refuses this at the start'

/** What only one of them takes. */
const DIFFERENT: Readonly<Record<string, readonly [taker: 'collector' | 'swoll', reason: string]>> = {
  'E: timeout: 5': ['collector', 'a number without a unit is 5 ns there, which nobody means'],
  'E: timeout: -1s': ['collector', 'no time is less than nothing'],
  'E: retry_on_failure: {intial_interval: 1s}': ['collector', UNKNOWN],
  'E: retry_on_failure: {max_retries: 5}': ['collector', UNKNOWN],
  '--set=exporters.E.timout=5s': ['collector', UNKNOWN],
  'E: sending_queue: {num_consumers: 1.5}': ['collector', 'it cuts 1.5 down to 1 without a word'],
  'E: sending_queue: {batch: {max_size: 1000}}': ['swoll', 'min_size then is no more than that'],
  'E: compression: ""': ['collector', 'none says the same, and says it'],
  'an exporter twice': ['collector', 'it counts the second as nothing'],
  'an unclosed reference': ['collector', 'it sends the characters themselves'],
  'E: tls: {min_version: 1.2}': ['swoll', 'the number can mean one version only'],
  'otlp_grpc: compression: zstd': ['collector', ONLY_GZIP],
  'otlp_grpc: compression: snappy': ['collector', ONLY_GZIP],
  'otlp_grpc: tls: {curve_preferences: x}': ['collector', AT_START],
  'otlp_grpc: auth: {}': ['collector', AT_START],
  'an authenticator that is not there': ['collector', AT_START],
  'an authenticator that does not run': ['collector', AT_START],
  'credentials by gRPC without TLS': ['collector', AT_START],
  'blanks round an id': ['swoll', 'it trims the id, and then loses its settings'],
  'telemetry: {metrics: {readers: []}}': ['swoll', 'a way to listen nowhere'],
  'telemetry: {metrics: {readers: [{periodic: {exporter: {otlp: {protocol: http/protobuf, endpoint: "http://h:1"}}}}]}}':
    ['collector', 'own metrics are sent by gRPC alone'],
}

const registry = await loadRegistry()
const toCollector = (text: string) =>
  text
    .replace(/\bRBODY\b/g, '{protocols: {grpc: }}')
    .replace(/\bR\b/g, 'otlp')
    .replace(/\bE\b/g, 'otlp_http')
const toSwoll = (text: string) =>
  text
    .replace(/\bRBODY\b/g, '{}')
    .replace(/\bR\b/g, 'ebpf')
    .replace(/\bE\b/g, 'otlp_grpc')

const byCollector = ({ sources, sets = [] }: Case) =>
  validateByCollector(sources.map(toCollector), sets.map(toCollector))

async function bySwoll({ sources, sets = [] }: Case): Promise<string | undefined> {
  const texts = sources.map(text => `yaml:${toSwoll(text)}`)
  const error = await loadConfig({ sources: texts, sets: sets.map(toSwoll), registry, env: {} }).catch(
    (cause: unknown) => cause,
  )
  return error instanceof ConfigError ? error.message : undefined
}

const s = suite('a configuration of both')
for (const one of CASES) {
  const different = DIFFERENT[one.name]
  s(
    `${one.name}${different ? `: the ${different[0]} alone takes it, since ${different[1]}` : ''}`,
    async () => {
      const [collector, swoll] = [byCollector(one), await bySwoll(one)]
      const takers = [collector === undefined && 'collector', swoll === undefined && 'swoll'].filter(Boolean)
      const message = `collector: ${collector}\nswoll: ${swoll}`
      if (different) assert.equal(takers, [different[0]], message)
      else assert.ok(takers.length !== 1, message)
    },
  )
}
s('is one of more than 120, taken and refused, and nothing is written down that is not so', () => {
  assert.ok(CASES.length - Object.keys(DIFFERENT).length >= 120)
  const names = CASES.map(({ name }) => name)
  assert.is(new Set(names).size, names.length)
  assert.equal(
    Object.keys(DIFFERENT).filter(name => !names.includes(name)),
    [],
  )
})
s.run()

/** The lists of what is known, which grow, and whose order changes from run to run. */
const withoutLists = (text: string) => text.replace(/(valid values: \[|known(?: here)?: )[^\]\n]*/g, '$1…')

const texts = suite('what is said')
texts('stands side by side', async () => {
  const parts: string[] = []
  for (const one of TEXTS) {
    const collector = byCollector(one)?.trim().replaceAll(/\n+/g, '\n           ')
    const swoll = (await bySwoll(one))?.replaceAll('\n', '\n           ')
    assert.ok(collector && swoll, one.name)
    parts.push(withoutLists(`${one.name}\ncollector: ${collector}\nswoll:     ${swoll}\n`))
  }
  assertGolden('otel-config/side-by-side.txt', parts.join('\n'))
})
texts.run()
