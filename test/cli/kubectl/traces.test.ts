/** `kubectl swoll list`, `get`, `status` and `delete`, as they are typed. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { ageOf } from '../../../cli/kubectl/age.ts'
import { RunningCli } from '../../kit/cli.ts'
import { writeKubeconfig } from '../../kit/kubeconfig.ts'
import { ObjectApi } from '../../kit/object-api.ts'

const GROUP = '/apis/tools.swoll.criticalstack.com/v1alpha1'
const TRACES = `${GROUP}/namespaces/shop/traces`
const node = { node: 'a', state: 'Running', matched: 2, calls: 7, lost: 1, message: 'slow\u001b[2J' }
const web = {
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: '1',
    creationTimestamp: new Date(Date.now() - 7_250_000).toISOString(),
  },
  spec: { syscalls: ['openat'], labelSelector: { matchLabels: { app: 'web' } } },
  status: { state: 'Running', calls: 7, lost: 1, matched: 2, nodes: [node, { node: 'b', state: 'Gone' }] },
}

interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Larger than any single object. */
const large = { ...web, status: { ...web.status, message: 'x'.repeat(5 * 2 ** 20) } }

async function run(...args: string[]): Promise<Result> {
  await using api = await ObjectApi.start()
  api.put(TRACES, web)
  api.put(`${GROUP}/namespaces/large/traces`, large)
  api.put(`${GROUP}/traces`, web)
  const kubeconfig = writeKubeconfig({ server: api.url })
  using cli = new RunningCli(['kubectl', ...args, '--kubeconfig', kubeconfig])
  const code = await cli.ended()
  return { code, stdout: cli.stdout, stderr: cli.stderr }
}

const s = suite('kubectl swoll, resources')
s('lists the Traces of a namespace as kubectl would', async () => {
  const { code, stdout } = await run('list', '-n', 'shop')
  assert.is(code, 0)
  assert.is(
    stdout,
    'NAME   STATE     SYSCALLS   PODS      CALLS   LOST   NODES   AGE\n' +
      'web    Running   openat     app=web   7       1      1/2     2h\n',
  )
})
s('lists those of all namespaces with the namespace', async () => {
  const { stdout } = await run('list', '-A')
  assert.match(stdout, /^NAMESPACE +NAME.*\nshop +web /)
})
s('lists more than fits into an object', async () => {
  const { code, stdout } = await run('list', '-n', 'large')
  assert.is(code, 0)
  assert.match(stdout, /\nweb +Running/)
})
s('says that there are none', async () => {
  const { code, stdout, stderr } = await run('ls', '-n', 'other')
  assert.equal([code, stdout, stderr], [0, '', 'swoll: no traces\n'])
})
s('prints status node by node, and nothing that moves the cursor of a terminal', async () => {
  const { code, stdout } = await run('status', 'web', '-n', 'shop')
  assert.is(code, 0)
  assert.match(stdout, /^State: +Running\nContainers: +2\nCalls: +7\nLost: +1\n\nNODE +STATE/)
  assert.match(stdout, /\na +Running +2 +7 +1 +slow/)
  assert.not(stdout.includes('\u001b'))
})
s('prints a Trace whole, in YAML or JSON', async () => {
  const { stdout } = await run('get', 'web', '-n', 'shop')
  assert.equal(parse(stdout).spec, web.spec)
  const json = await run('get', 'web', '-n', 'shop', '-o', 'json')
  assert.equal(JSON.parse(json.stdout).spec, web.spec)
})
s('deletes all that are there, and fails if one is not', async () => {
  const { code, stdout, stderr } = await run('delete', 'nobody', 'web', '-n', 'shop')
  assert.equal([code, stdout], [1, 'trace "web" deleted\n'])
  assert.is(stderr, 'swoll: trace nobody: must be there, and is not in the namespace shop\n')
})
for (const args of [['status'], ['delete'], ['list', '-o', 'yaml'], ['nonsense']])
  s(`is wrong usage: ${args.join(' ')}`, async () => assert.is((await run(...args)).code, 2))
s.run()

const age = suite('ageOf')
for (const [seconds, text] of [
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [7199, '119m'],
  [7200, '2h'],
  [172_800, '2d'],
  [-5, '0s'],
] as const)
  age(`${seconds} s are ${text}`, () => assert.is(ageOf(new Date(0).toISOString(), seconds * 1000), text))
age('of nobody knows when', () => assert.is(ageOf(undefined, 0), '<unknown>'))
age.run()
