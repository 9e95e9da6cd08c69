import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeOptions } from '../../../cli/trace/decode-options.ts'
import type { TypedOptions } from '../../../cli/trace/options.ts'
import { checkRemote, toSpec } from '../../../cli/trace/to-spec.ts'
import type { SwollError } from '../../../pipeline/errors.ts'
import { traceSpec } from '../../../trace/api/spec.ts'
import { toTraceRequest } from '../../../trace/api/to-request.ts'
import type { ContainerSelection } from '../../../trace/requests/request.ts'

const policy = { stringBytes: 256, payloadBytes: 4095, environments: true }

function convert(typed: TypedOptions, operands: readonly string[] = []) {
  // Jobs of agents are about calls that begin.
  const { request } = decodeOptions({ ...typed, inFlight: false }, operands, undefined)
  const targets = request.targets as ContainerSelection
  return { request, spec: toSpec({ ...request, targets }, typed) }
}

const s = suite('toSpec')
const rows: readonly (readonly [string, TypedOptions, readonly string[]])[] = [
  ['nothing', {}, []],
  ['a selector', {}, ['app=web,!canary']],
  ['pods and containers', { pod: ['a,b'], container: ['c'] }, []],
  ['fields', { fieldSelector: 'status.phase=Running' }, []],
  ['calls', { syscalls: ['openat,%net'] }, []],
  ['any error', { errors: true }, []],
  ['errors', { errors: 'ENOENT,EACCES' }, []],
  ['success', { successfulOnly: true }, []],
  ['failure', { failedOnly: true }, []],
  ['what is slow', { minLatency: '10ms' }, []],
  ['paths', { path: ['/etc/', '/tmp/a'] }, []],
  ['who', { uid: '0', comm: 'sh' }, []],
  ['samples', { sample: '7' }, []],
  ['a limit of strings', { stringLimit: '16' }, []],
  ['payload and environment', { payload: '64', environment: true }, []],
  ['a rate', { rateLimit: '5' }, []],
]
for (const [name, typed, operands] of rows)
  s(`asks agents for what swoll trace asks the kernel for: ${name}`, () => {
    const { request, spec } = convert({ rateLimit: '0', ...typed }, operands)
    const asked = toTraceRequest({ namespace: 'shop' }, traceSpec.parse(spec), policy)
    const targets = { ...(request.targets as ContainerSelection), namespaces: ['shop'] }
    const isAll = request.calls.length === 0
    assert.equal(asked, { ...request, targets, calls: isAll ? ['all'] : request.calls })
  })
s('says duration and count as limits of each agent', () => {
  const { spec } = convert({ duration: '30s', count: '5' })
  assert.equal([spec.duration, spec.budget], ['30s', { calls: 5 }])
})
s.run()

const remote = suite('checkRemote')
for (const [name, typed, message] of [
  [
    'users of this host',
    { uid: 'root' },
    '--uid: must be a number, since users of this host mean nothing elsewhere, got "root"',
  ],
  ['paths from here', { path: ['etc'] }, '--path: must be a path from the root of the container, got "etc"'],
] as const)
  remote(`refuses ${name}`, () => {
    assert.throws(
      () => checkRemote(typed),
      (error: SwollError) => error.message === message,
    )
  })
remote('takes numbers and paths from the root', () => checkRemote({ uid: '0', path: ['/etc'] }))
remote.run()
