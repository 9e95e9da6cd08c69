import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLogin } from '../../../client/cluster/login.ts'
import type { Access, Credentials } from '../../../kubernetes/client/access.ts'
import { ApiClient } from '../../../kubernetes/client/api-client.ts'
import { never } from '../../kit/context.ts'
import { ObjectApi } from '../../kit/object-api.ts'
import { rejects } from '../../kit/rejects.ts'

const accessOf = (credentials: () => Credentials): Access => ({
  server: 'http://127.0.0.1:1',
  credentials: async () => credentials(),
})
const common = (access: Access) => ({
  access,
  client: new ApiClient(access),
  monotonicMs: () => 0,
  abort: never,
})

const s = suite('createLogin')
s('takes the token of the kubeconfig, each time the present one', async () => {
  let token = 'one'
  const login = await createLogin(common(accessOf(() => ({ headers: { Authorization: `Bearer ${token}` } }))))
  assert.is(await login.token!(), 'one')
  token = 'two'
  assert.is(await login.token!(), 'two')
  assert.is(login.certificate, undefined)
})
s('takes the client certificate where there is no token', async () => {
  const login = await createLogin(common(accessOf(() => ({ cert: 'c', key: 'k', headers: {} }))))
  assert.equal(login, { certificate: { cert: 'c', key: 'k' } })
})
s('asks for a token of a service account, and again before it expires', async () => {
  let count = 0
  await using api = await ObjectApi.start(({ method }) =>
    method === 'POST' ? { status: 201, body: { status: { token: `t${++count}` } } } : undefined,
  )
  let nowMs = 0
  const access = api.access({ authorization: 'Bearer mine' })
  const client = new ApiClient(access)
  const serviceAccount = { namespace: 'obs', name: 'tracer' }
  const login = await createLogin({ access, client, serviceAccount, monotonicMs: () => nowMs, abort: never })
  assert.is(await login.token!(), 't1')
  nowMs = 44 * 60_000
  assert.is(await login.token!(), 't1')
  nowMs = 45 * 60_000
  assert.is(await login.token!(), 't2')
  assert.is(api.requests[0]!.path, '/api/v1/namespaces/obs/serviceaccounts/tracer/token')
  client.close()
})
s('says at once that a service account gives no token', async () => {
  await using api = await ObjectApi.start(() => ({ status: 404, body: { message: 'no such account' } }))
  const access = api.access()
  const client = new ApiClient(access)
  const serviceAccount = { namespace: 'obs', name: 'tracer' }
  const made = createLogin({ access, client, serviceAccount, monotonicMs: () => 0, abort: never })
  assert.match(
    (await rejects(made, 'KUBERNETES_API_FAILED')).message,
    /serviceaccounts\/token tracer: got 404/,
  )
  client.close()
})
s.run()
