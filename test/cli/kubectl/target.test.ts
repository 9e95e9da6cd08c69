import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeNamedTarget, resolveTarget } from '../../../cli/kubectl/target.ts'
import { ApiClient } from '../../../kubernetes/client/api-client.ts'
import { SwollError } from '../../../pipeline/errors.ts'
import { never } from '../../kit/context.ts'
import { ObjectApi } from '../../kit/object-api.ts'
import { rejects } from '../../kit/rejects.ts'

const decode = suite('decodeNamedTarget')
for (const [operand, target] of [
  ['deploy/web', { kind: 'deploy', name: 'web' }],
  ['pod/web-1.a', { kind: 'pod', name: 'web-1.a' }],
  ['app=web', undefined],
  ['app', undefined],
  ['app.kubernetes.io/name', undefined],
  ['app.kubernetes.io/name=web', undefined],
  ['tier in (a,b)', undefined],
  ['!canary', undefined],
] as const)
  decode(`${operand} is ${target === undefined ? 'a selector' : 'a name'}`, () =>
    assert.equal(decodeNamedTarget(operand), target),
  )
decode('refuses a kind that has no pods', () => {
  const rule = /^target: must be of pod, deployment, .*service, got "node\/a"$/
  assert.throws(
    () => decodeNamedTarget('node/a'),
    (error: unknown) => error instanceof SwollError && rule.test(error.message),
  )
})
decode.run()

const APPS = '/apis/apps/v1/namespaces/shop'
async function resolve(api: ObjectApi, kind: string, name: string) {
  const client = new ApiClient(api.access())
  try {
    return await resolveTarget({ kind, name }, { client, namespace: 'shop', abort: never })
  } finally {
    client.close()
  }
}
const web = (spec: object) => ({ metadata: { name: 'web' }, spec })
const s = suite('resolveTarget')
for (const [kind, path] of [
  ['deploy', `${APPS}/deployments`],
  ['sts', `${APPS}/statefulsets`],
  ['ds', `${APPS}/daemonsets`],
  ['rs', `${APPS}/replicasets`],
  ['job', '/apis/batch/v1/namespaces/shop/jobs'],
] as const)
  s(`${kind}/web is the pods that it selects`, async () => {
    await using api = await ObjectApi.start()
    const selector = { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'a', operator: 'Exists' }] }
    api.put(path, web({ selector }))
    assert.equal(await resolve(api, kind, 'web'), { labelSelector: selector })
  })
s('svc/web has labels alone', async () => {
  await using api = await ObjectApi.start()
  api.put('/api/v1/namespaces/shop/services', web({ selector: { app: 'web' } }))
  assert.equal(await resolve(api, 'svc', 'web'), { labelSelector: { matchLabels: { app: 'web' } } })
})
s('pod/web-1 needs no question', async () => {
  await using api = await ObjectApi.start()
  assert.equal(await resolve(api, 'pod', 'web-1'), { pods: ['web-1'] })
  assert.is(api.requests.length, 0)
})
s('refuses what selects nothing: it would be all pods', async () => {
  await using api = await ObjectApi.start()
  api.put('/api/v1/namespaces/shop/services', web({}))
  await rejects(resolve(api, 'svc', 'web'), 'TARGET_INVALID')
})
s('says that there is none of the name', async () => {
  await using api = await ObjectApi.start()
  const { message } = await rejects(resolve(api, 'deploy', 'web'), 'KUBERNETES_API_FAILED')
  assert.match(message, /get deployments web: got 404/)
})
s.run()
