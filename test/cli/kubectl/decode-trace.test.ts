import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeTrace } from '../../../cli/kubectl/decode-trace.ts'
import type { TypedTrace } from '../../../cli/kubectl/options.ts'
import type { SwollError } from '../../../pipeline/errors.ts'

const s = suite('decodeTrace')
s('takes what swoll trace takes, less the namespace, which is where and not whose', () => {
  const { spec, target, via, shown } = decodeTrace({ namespace: 'shop', errors: true, output: 'strace' }, [
    'app=web',
  ])
  assert.equal(spec, { labelSelector: { matchLabels: { app: 'web' } }, syscalls: ['all'], errors: ['any'] })
  assert.equal([target, via, shown.output], [undefined, 'auto', 'strace'])
})
s('leaves the pods of a named target to the cluster', () => {
  const { spec, target } = decodeTrace({ container: ['main'] }, ['deploy/web'])
  assert.equal(target, { kind: 'deploy', name: 'web' })
  assert.equal(spec, { hostSelector: ['main'], syscalls: ['execve', 'execveat'] })
})
s('goes by a resource for who is to be taken for somebody else', () => {
  assert.is(decodeTrace({ as: 'eve' }, []).via, 'resource')
})
const wrong: readonly (readonly [string, TypedTrace, readonly string[], string])[] = [
  [
    'a way that is none',
    { via: 'ssh' },
    [],
    '--via: must be one of auto, direct, proxy, port-forward, resource, got "ssh"',
  ],
  ['two targets', {}, ['deploy/a', 'deploy/b'], 'target: must be one, got deploy/a deploy/b'],
  [
    'a target and labels',
    { labelSelector: 'a=b' },
    ['deploy/a'],
    '--label-selector: must not be given together with deploy/a, which says the same',
  ],
  [
    'a target in all namespaces',
    { allNamespaces: true },
    ['pod/a'],
    '--all-namespaces: must not be given together with pod/a, which is in one',
  ],
  [
    'a Trace for all namespaces',
    { allNamespaces: true, via: 'resource' },
    [],
    '--via: must not be resource with --all-namespaces: a Trace is for its own namespace',
  ],
  [
    'agents asked as somebody else',
    { as: 'eve', via: 'direct' },
    [],
    '--via: must be resource with --as, since agents are asked with your own token, got "direct"',
  ],
  ['a time that agents refuse', { duration: '10ms' }, [], 'duration: must be from 1s to 720h, got 10ms'],
  [
    'a comparison of labels',
    {},
    ['a>1'],
    'label selector: must not compare with < or >, which resources cannot say, got "a>1"',
  ],
]
for (const [name, typed, operands, message] of wrong)
  s(`refuses ${name}`, () => {
    assert.throws(
      () => decodeTrace(typed, operands),
      (error: SwollError) => error.code === 'USAGE_INVALID' && error.message === message,
    )
  })
s.run()
