import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { policy } from '../../../../extensions/trace_api/auth/config.ts'
import { findFaults, toCopyPolicy } from '../../../../extensions/trace_api/auth/policy.ts'

const strict = policy.parse({})
const lax = policy.parse({ payload_limit: 128, string_limit: 2048, environments: true })

const faults = suite('findFaults')
for (const [name, given, spec, want] of [
  ['a job that asks for nothing', strict, {}, []],
  ['as much as allowed', strict, { stringLimit: 1024, payloadLimit: 0, environment: false }, []],
  [
    'one byte more',
    strict,
    { stringLimit: 1025, payloadLimit: 1, environment: true },
    [
      'stringLimit: must be at most 1024 by policy::string_limit of the agent, got 1025',
      'payloadLimit: must be at most 0 by policy::payload_limit of the agent, got 1',
      'environment: must be false: policy::environments of the agent forbids to copy environments',
    ],
  ],
  ['a lax policy', lax, { stringLimit: 2048, payloadLimit: 128, environment: true }, []],
] as const)
  faults(`${name}: ${want.length} faults`, () => {
    assert.equal(
      findFaults(given, spec).map(({ path, message }) => `${path}: ${message}`),
      want,
    )
  })
faults.run()

const copy = suite('toCopyPolicy')
copy('strings are copied, and nothing else, unless the configuration says more', () => {
  assert.equal(toCopyPolicy(strict), { stringBytes: 1024, payloadBytes: 0, environments: false })
  assert.equal(toCopyPolicy(lax), { stringBytes: 2048, payloadBytes: 128, environments: true })
})
copy.run()
