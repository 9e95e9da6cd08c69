/** What `swoll certificates` is told. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli } from '../kit/cli.ts'

const GOOD = ['certificates', '--name', 'swoll', '--namespace', 'swoll']

const s = suite('swoll certificates')
for (const [what, args, want] of [
  [
    'a name that DNS has not',
    ['certificates', '--name', 'A_', '-n', 'b'],
    /^swoll: --name: must be a name as DNS has them, got "A_"/,
  ],
  [
    'no namespace',
    ['certificates', '--name', 'a'],
    /^swoll: required option '-n, --namespace <namespace>' not specified/,
  ],
  [
    'a lifetime of nothing',
    [...GOOD, '--lifetime', '0s'],
    /^swoll: --lifetime: must be a duration such as "2160h", got "0s"/,
  ],
  [
    'a number without a unit',
    [...GOOD, '--overlap', '30'],
    /^swoll: --overlap: must be a duration such as "2160h", got "30"/,
  ],
  [
    'a DNS name that is none',
    [...GOOD, '--dns-name', '*'],
    /^swoll: --dns-name: must be a name as DNS has them, got "\*"/,
  ],
] as const)
  s(`refuses ${what}`, () => {
    const { status, stdout, stderr } = runCli(args)
    assert.equal([status, stdout], [2, ''])
    assert.match(stderr, want)
  })
s('says where it may run without a kubeconfig', () => {
  const { status, stderr } = runCli(GOOD, { env: { KUBERNETES_SERVICE_HOST: '' } })
  assert.is(status, 1)
  assert.match(stderr, /^swoll: auth_type serviceAccount: must run in a pod/)
})
s.run()
