import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { anonymousAccess, serviceAccountAccess } from '../../../kubernetes/client/access.ts'
import { ApiClient } from '../../../kubernetes/client/api-client.ts'
import { type ApiError, apiPath } from '../../../kubernetes/client/api-error.ts'
import { readJsonItems } from '../../../kubernetes/client/json-stream.ts'
import { kubeconfigAccess } from '../../../kubernetes/client/kubeconfig.ts'
import { createAuthority } from '../../kit/certificates.ts'
import { never } from '../../kit/context.ts'
import { temporaryFolder, writeKubeconfig } from '../../kit/kubeconfig.ts'
import { KubernetesApi, type KubernetesApiOptions } from '../../kit/kubernetes-api.ts'
import { rawPod } from '../../kit/pods.ts'
import { rejects } from '../../kit/rejects.ts'

const authority = createAuthority()
const server = authority.sign('server', 'IP:127.0.0.1')
const PODS = { group: '', version: 'v1', resource: 'pods' }

async function countPods(client: ApiClient): Promise<number> {
  let count = 0
  await readJsonItems(await client.open({ verb: 'list', object: PODS, abort: never }), () => count++)
  return count
}

async function startApi(options: KubernetesApiOptions = {}): Promise<KubernetesApi> {
  const api = await KubernetesApi.start(options)
  api.put(rawPod())
  return api
}

/** Makes a service account's folder like a kubelet. */
function serviceAccount(api: KubernetesApi, token: string) {
  const folder = temporaryFolder()
  mkdirSync(folder, { recursive: true })
  const setToken = (text: string) => writeFileSync(join(folder, 'token'), text)
  setToken(token)
  writeFileSync(join(folder, 'ca.crt'), authority.ca)
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(api.port) }
  return { setToken, folder, env, client: new ApiClient(serviceAccountAccess(env, folder)) }
}

const login = suite('service account')
login('logs in over TLS with its token', async () => {
  await using api = await startApi({ tls: server, tokens: new Set(['one']) })
  const { client } = serviceAccount(api, 'one\n')
  assert.is(await countPods(client), 1)
  assert.ok(client.receivedBytes > 300)
  client.close()
})
login('takes up a rotated token without being told', async () => {
  const tokens = new Set(['one'])
  await using api = await startApi({ tls: server, tokens })
  const { client, setToken } = serviceAccount(api, 'one')
  await countPods(client)
  tokens.clear()
  tokens.add('two')
  setToken('two')
  assert.is(await countPods(client), 1)
  client.close()
})
login('is refused by a server that somebody else has signed for', async () => {
  const other = createAuthority().sign('other', 'IP:127.0.0.1')
  await using api = await startApi({ tls: other, tokens: new Set(['one']) })
  const { client } = serviceAccount(api, 'one')
  const error = await rejects(countPods(client), 'KUBERNETES_API_FAILED')
  assert.match(error.message, /must be reachable, got .*certificate/)
  assert.equal(api.requests, [], 'the token was not sent')
})
login('says what is missing', async () => {
  await using api = await startApi()
  const { env } = serviceAccount(api, 'one')
  const client = new ApiClient(serviceAccountAccess(env, '/nowhere'))
  assert.match(
    (await rejects(countPods(client), 'KUBERNETES_CONFIG_INVALID')).message,
    /^\/nowhere\/.* must be a file that can be read, got ENOENT; mount the/,
  )
  assert.throws(() => serviceAccountAccess({}), /must run in a pod.*set auth_type to kubeConfig/)
  assert.is(
    anonymousAccess({ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '80' }).server,
    'http://[fd00::1]:80',
  )
})
login.run()

const refusals: readonly (readonly [number, RegExp])[] = [
  [401, /list pods: must log in with credentials that are accepted, got 401/],
  [
    403,
    /system:serviceaccount:swoll:agent must be allowed to list pods of API group "" in the whole cluster, got 403 Forbidden; add \{apiGroups: \[""\], resources: \["pods"\], verbs: \["list"\]\} to a ClusterRole/,
  ],
  [410, /list pods: got 410 \(as told\)/],
  [500, /list pods: got 500/],
]
const refused = suite('refusals')
for (const [status, message] of refusals)
  refused(`explains ${status}`, async () => {
    await using api = await startApi({ fail: () => status })
    const client = new ApiClient({ server: api.url, credentials: async () => ({}) })
    const error = (await rejects(countPods(client), 'KUBERNETES_API_FAILED')) as ApiError
    assert.match(error.message, message)
    assert.is(error.status, status)
    assert.is(api.requests.length, status === 401 ? 2 : 1, 'only a login is tried again')
  })
refused('keeps the time to wait of a 429', async () => {
  await using api = await startApi({ fail: () => ({ status: 429, headers: { 'retry-after': '7' } }) })
  const client = new ApiClient({ server: api.url, credentials: async () => ({}) })
  const error = (await rejects(countPods(client), 'KUBERNETES_API_FAILED')) as ApiError
  assert.is(error.retryAfterMs, 7000)
})
for (const [header, ms] of [
  ['1e300', 600_000],
  ['-1', undefined],
  ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
] as const)
  refused(`takes ${ms} ms for a wait of ${header}`, async () => {
    await using api = await startApi({ fail: () => ({ status: 429, headers: { 'retry-after': header } }) })
    const client = new ApiClient({ server: api.url, credentials: async () => ({}) })
    const error = (await rejects(countPods(client), 'KUBERNETES_API_FAILED')) as ApiError
    assert.is(error.retryAfterMs, ms)
  })
refused('says that the server cannot be reached', async () => {
  const client = new ApiClient({ server: 'http://127.0.0.1:1', credentials: async () => ({}) })
  const error = (await rejects(countPods(client), 'KUBERNETES_API_FAILED')) as ApiError
  assert.match(error.message, /http:\/\/127.0.0.1:1 must be reachable, got .*ECONNREFUSED/)
  assert.is(error.status, undefined)
})
refused.run()

const zipped = suite('a list in gzip')
zipped('is read, and counted as it came', async () => {
  let bytes = 0
  await using api = await startApi({
    zip: body => {
      bytes = body.length
      return body
    },
  })
  const client = new ApiClient(await kubeconfigAccess({ path: writeKubeconfig({ server: api.url }) }))
  assert.is(await countPods(client), 1)
  assert.is(client.receivedBytes, bytes)
  client.close()
})
for (const [name, zip] of [
  ['cut short', body => body.subarray(0, body.length / 2)],
  ['no gzip at all', () => Buffer.from('{}')],
] as readonly (readonly [string, (body: Buffer) => Buffer])[])
  zipped(`is refused when it is ${name}`, async () => {
    await using api = await startApi({ zip })
    const client = new ApiClient(await kubeconfigAccess({ path: writeKubeconfig({ server: api.url }) }))
    const error = await rejects(countPods(client), 'KUBERNETES_API_FAILED')
    assert.match(error.message, /must be gzip as it says/)
    client.close()
  })
zipped.run()

const objects = suite('getMetadata')
objects('asks for the metadata only, and gives undefined when there is none', async () => {
  await using api = await startApi()
  const object = { group: 'apps', version: 'v1', resource: 'replicasets', namespace: 'a b', name: 'web-1' }
  assert.is(apiPath(object), '/apis/apps/v1/namespaces/a%20b/replicasets/web-1')
  api.putObject(apiPath(object), { metadata: { name: 'web-1', uid: 'u' } })
  const client = new ApiClient({ server: api.url, credentials: async () => ({}) })
  assert.equal(await client.getMetadata(object, never), { name: 'web-1', uid: 'u' })
  assert.match(api.requests[0]!.accept!, /^application\/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1/)
  assert.is(await client.getMetadata({ ...object, name: 'other' }, never), undefined)
})
objects.run()

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly type: string | undefined
  readonly body: string
}

/** Answers each request with `answer`, and tells what it was. */
async function writes(status: number, answer: string) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push({ method: request.method, url: request.url, type: request.headers['content-type'], body })
    response.writeHead(status).end(answer)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = new ApiClient({ server: `http://127.0.0.1:${port}`, credentials: async () => ({}) })
  const close = () => {
    client.close()
    server.close()
  }
  return { seen, client, [Symbol.dispose]: close }
}

const TRACE = { group: 'a.b', version: 'v1', resource: 'traces', namespace: 'shop', name: 'web' }
const sent = suite('send')
const verbs = [
  ['create', 'POST', 'application/json'],
  ['update', 'PUT', 'application/json'],
  ['patch', 'PATCH', 'application/merge-patch+json'],
  ['delete', 'DELETE', 'application/json'],
] as const
for (const [verb, method, type] of verbs)
  sent(`sends the body of a ${verb}, and gives the answer`, async () => {
    using rig = await writes(201, '{"kind":"Trace"}')
    const object = { ...TRACE, subresource: 'status' }
    const answer = await rig.client.send({ verb, object, body: { a: 'ä' }, abort: never })
    assert.equal(answer, { kind: 'Trace' })
    const url = '/apis/a.b/v1/namespaces/shop/traces/web/status'
    assert.equal(rig.seen, [{ method, url, type, body: '{"a":"ä"}' }])
  })
sent('names the subresource in the rule that is missing', async () => {
  using rig = await writes(403, '{"message":"User \\"jane\\" cannot"}')
  const object = { ...TRACE, subresource: 'status' }
  const error = await rejects(
    rig.client.send({ verb: 'update', object, abort: never }),
    'KUBERNETES_API_FAILED',
  )
  assert.match(
    error.message,
    /jane must be allowed to update traces\/status .*resources: \["traces\/status"\]/,
  )
})
sent('refuses what is no JSON', async () => {
  using rig = await writes(200, 'hello')
  const error = await rejects(
    rig.client.send({ verb: 'get', object: TRACE, abort: never }),
    'KUBERNETES_API_FAILED',
  )
  assert.match(error.message, /get traces: must send JSON, got "hello"/)
})
sent.run()

const kubeconfig = suite('kubeconfigAccess')
const users: readonly (readonly [string, () => object, 'one' | undefined])[] = [
  ['a token', () => ({ token: 'one' }), 'one'],
  ['a token file', () => ({ tokenFile: writeToken('one\n') }), 'one'],
  ['an exec plugin', () => ({ exec: execPlugin('one') }), 'one'],
  [
    'an auth-provider, through the whole library',
    () => ({ 'auth-provider': { name: 'tokenFile', config: { tokenFile: writeToken('one') } } }),
    'one',
  ],
]
for (const [name, user, token] of users)
  kubeconfig(`logs in with ${name}`, async () => {
    await using api = await startApi({ tls: server, tokens: new Set([token!]) })
    const path = writeKubeconfig({
      server: api.url,
      cluster: { 'certificate-authority-data': authority.ca.toString('base64') },
      user: user(),
    })
    const client = new ApiClient(await kubeconfigAccess({ path }))
    assert.is(await countPods(client), 1)
    client.close()
  })
kubeconfig('merges the files of $KUBECONFIG: of two entries with one name the first holds', async () => {
  await using api = await startApi({ tokens: new Set(['right']) })
  const first = writeKubeconfig({ server: api.url, user: { token: 'right' } })
  const second = writeKubeconfig({ server: 'https://nowhere', user: { token: 'wrong' } })
  const before = process.env.KUBECONFIG
  process.env.KUBECONFIG = `/nowhere:${first}:${second}`
  try {
    const client = new ApiClient(await kubeconfigAccess({}))
    assert.is(await countPods(client), 1)
    client.close()
  } finally {
    if (before === undefined) delete process.env.KUBECONFIG
    else process.env.KUBECONFIG = before
  }
})
kubeconfig('asks to be taken for somebody else', async () => {
  const path = writeKubeconfig({ server: 'https://a', user: { token: 'mine' } })
  const access = await kubeconfigAccess({ path, as: { user: 'eve', groups: ['dev', 'ops'] } })
  assert.equal((await access.credentials(false)).headers, {
    authorization: 'Bearer mine',
    'impersonate-user': 'eve',
    'impersonate-group': ['dev', 'ops'],
  })
})
kubeconfig('runs an exec plugin again when its token is refused', async () => {
  const tokens = new Set(['old'])
  await using api = await startApi({ tokens })
  const file = writeToken('old')
  const path = writeKubeconfig({ server: api.url, user: { exec: execPlugin(`$(cat ${file})`) } })
  const client = new ApiClient(await kubeconfigAccess({ path }))
  await countPods(client)
  tokens.clear()
  tokens.add('new')
  writeFileSync(file, 'new')
  assert.is(await countPods(client), 1)
})
const wrong: readonly (readonly [string, () => Parameters<typeof kubeconfigAccess>[0], RegExp])[] = [
  [
    'no file',
    () => ({ path: '/nowhere' }),
    /^\/nowhere: must be a file that can be read, got ENOENT; set kube_config_path/,
  ],
  [
    'no such context',
    () => ({ path: writeKubeconfig({ server: 'https://a' }), context: 'x' }),
    /must have the context "x"/,
  ],
  [
    'no YAML',
    () => ({ path: writeToken('{') }),
    /^[^\n]*; check kube_config_path or --kubeconfig, and the context$/,
  ],
]
for (const [name, options, message] of wrong)
  kubeconfig(`refuses ${name}`, async () => {
    assert.match((await rejects(kubeconfigAccess(options()), 'KUBERNETES_CONFIG_INVALID')).message, message)
  })
kubeconfig('says what an exec plugin said', async () => {
  const exec = { ...execPlugin(''), args: ['-c', 'echo no ticket >&2; exit 1'] }
  const access = await kubeconfigAccess({ path: writeKubeconfig({ server: 'https://a', user: { exec } }) })
  assert.match(
    (await rejects(access.credentials(false), 'KUBERNETES_CONFIG_INVALID')).message,
    /exec: sh must give credentials, got no ticket/,
  )
})
kubeconfig.run()

function writeToken(token: string): string {
  const path = join(temporaryFolder(), 'token')
  writeFileSync(path, token)
  return path
}

function execPlugin(token: string) {
  const script = `echo "{\\"status\\":{\\"token\\":\\"${token}\\"}}"`
  return { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] }
}

const writing = suite('writing requests')
writing('create sends the object, delete its options, and a refusal names the verb', async () => {
  const seen: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    seen.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`)
    if (request.method === 'DELETE') response.writeHead(403).end('{"message":"User \\"eve\\" cannot"}')
    else response.writeHead(201).end('{"metadata":{"name":"a"}}')
  }).listen(0, '127.0.0.1')
  try {
    await once(server, 'listening')
    const client = new ApiClient({
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: async () => ({}),
    })
    const object = { ...PODS, namespace: 'shop' }
    const body = { kind: 'Pod' }
    const made = await client.send<object>({ verb: 'create', object, body, abort: never })
    assert.equal(made, { metadata: { name: 'a' } })
    const refused = client.send({ verb: 'delete', object: { ...object, name: 'a' }, abort: never })
    assert.match(
      (await rejects(refused, 'KUBERNETES_API_FAILED')).message,
      /eve must be allowed to delete pods/,
    )
    assert.equal(seen, [
      'POST /api/v1/namespaces/shop/pods application/json {"kind":"Pod"}',
      'DELETE /api/v1/namespaces/shop/pods/a undefined ',
    ])
    client.close()
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
writing.run()
