import { generateKeyPairSync } from 'node:crypto'
import { jwtVerify } from 'jose'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Oauth2Config } from '../../../extensions/oauth2client/config.ts'
import { Oauth2Client } from '../../../extensions/oauth2client/extension.ts'
import { factory } from '../../../extensions/oauth2client/factory.ts'
import type { Create } from '../../../pipeline/component.ts'
import type { PipelineError } from '../../../pipeline/errors.ts'
import { createAuthority } from '../../kit/certificates.ts'
import { fakeClock } from '../../kit/clock.ts'
import { eventually } from '../../kit/consumers.ts'
import { rejects } from '../../kit/rejects.ts'
import { lacksCommand, when } from '../../kit/skip.ts'
import { authOf, issuesOf, secretsFolder } from '../auth-kit.ts'
import { startTokenServer, token } from './token-server.ts'

const JWT = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const LOGIN = { client_id: 'agent', client_secret: 's3cret' }
const BASIC = `Basic ${Buffer.from('agent:s3cret').toString('base64')}`

const rules = suite('the configuration of oauth2client')
const URL = { token_url: 'https://h/token' }
for (const [given, ...issues] of [
  [{ ...LOGIN, ...URL }],
  [{ client_id_file: '/f', client_secret_file: '/g', ...URL }],
  [{ ...LOGIN, token_url: 'http://h/token?x=y', endpoint_params: { audience: 'a', many: ['b', 'c'] } }],
  [{ client_id: 'a', client_certificate_key_file: '/k', grant_type: JWT, ...URL }],
  [LOGIN, 'token_url: must be set'],
  [
    { ...LOGIN, token_url: 'h/token' },
    'token_url: must be a URL that begins with http:// or https://, without user and fragment',
  ],
  [
    { ...LOGIN, token_url: 'https://:s3cret@h/token' },
    'token_url: must be a URL that begins with http:// or https://, without user and fragment',
  ],
  [{ client_secret: 'b', ...URL }, 'client_id: must be set, or client_id_file'],
  [{ client_id: 'a', ...URL }, 'client_secret: must be set, or client_secret_file'],
  [
    { client_id: 'a', grant_type: JWT, ...URL },
    'client_certificate_key: must be set, or client_certificate_key_file',
  ],
] as [object, ...string[]][])
  rules(`${JSON.stringify(given)} ${issues.length > 0 ? 'is refused' : 'is taken'}`, () =>
    assert.equal(issuesOf(factory, given), issues),
  )
rules.run()

/** Started, with a clock that stands still. */
async function open(given: object) {
  const clock = fakeClock()
  const make = (context: Create<Oauth2Config>) => new Oauth2Client(context, clock)
  const auth = authOf(factory, { ...LOGIN, ...given }, make)
  await auth.start()
  return { ...auth, clock }
}

const asks = suite('oauth2client asks for a token')
asks('with the first request that goes out, by Basic, and shows it to all that follow', async () => {
  await using server = await startTokenServer()
  const more = { scopes: ['a', 'b'], endpoint_params: { audience: 'x', many: ['1', '2'] } }
  await using auth = await open({ token_url: server.url, ...more })
  assert.is(server.asked.length, 0)
  assert.equal(await auth.headers(), { authorization: 'Bearer t1' })
  await auth.clock.advance(1e9)
  assert.equal(await auth.headers(), { authorization: 'Bearer t1' })
  const [first, ...others] = server.asked
  assert.is(others.length, 0)
  assert.is(first!.authorization, BASIC)
  assert.equal(
    [...first!.body],
    [
      ['scope', 'a b'],
      ['audience', 'x'],
      ['many', '1'],
      ['many', '2'],
      ['grant_type', 'client_credentials'],
    ],
  )
})
asks('once for all who wait for it', async () => {
  await using server = await startTokenServer()
  await using auth = await open({ token_url: server.url })
  const all = await Promise.all([auth.headers(), auth.headers(), auth.headers()])
  assert.equal(new Set(all.map(({ authorization }) => authorization)), new Set(['Bearer t1']))
  assert.is(server.asked.length, 1)
})
asks('with the secret in the body where the server does not take Basic, and remembers', async () => {
  await using server = await startTokenServer((n, { authorization }) =>
    authorization
      ? { status: 401, body: { error: 'invalid_client' }, headers: { 'www-authenticate': 'Basic realm=x' } }
      : token(`t${n}`, 60),
  )
  await using auth = await open({ token_url: server.url })
  assert.equal(await auth.headers(), { authorization: 'Bearer t2' })
  await auth.clock.advance(60_000)
  assert.equal(await auth.headers(), { authorization: 'Bearer t3' })
  assert.equal(
    server.asked.map(({ body }) => body.get('client_secret')),
    [null, 's3cret', 's3cret'],
  )
})
asks('with what its files hold then', async () => {
  using folder = secretsFolder()
  await using server = await startTokenServer(n => token(`t${n}`, 60))
  const files = {
    client_id_file: folder.write('id', 'agent\n'),
    client_secret_file: folder.write('secret', 's3cret\n'),
  }
  await using auth = await open({ client_secret: 'other', token_url: server.url, ...files })
  await auth.headers()
  folder.write('secret', 'n3w')
  await auth.clock.advance(60_000)
  await auth.headers()
  const want = ['agent:s3cret', 'agent:n3w'].map(text => `Basic ${Buffer.from(text).toString('base64')}`)
  assert.equal(
    server.asked.map(({ authorization }) => authorization),
    want,
  )
})
asks('by a JWT that it signs', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await using server = await startTokenServer()
  await using auth = await open({
    token_url: server.url,
    grant_type: JWT,
    client_certificate_key: privateKey.export({ type: 'pkcs1', format: 'pem' }),
    client_certificate_key_id: 'k1',
    signature_algorithm: 'RS512',
    scopes: ['a'],
    claims: { tenant: 'x' },
  })
  assert.equal(await auth.headers(), { authorization: 'Bearer t1' })
  const { authorization, body } = server.asked[0]!
  assert.is(authorization, undefined)
  assert.is(body.get('grant_type'), JWT)
  const { payload, protectedHeader } = await jwtVerify(body.get('assertion')!, publicKey)
  assert.equal(protectedHeader, { alg: 'RS512', typ: 'JWT', kid: 'k1' })
  const { iss, sub, aud, scope, tenant, exp, iat, jti } = payload
  assert.equal([iss, sub, aud, scope, tenant], ['agent', 'agent', server.url, 'a', 'x'])
  assert.is(exp! - iat!, 1800)
  assert.ok(jti)
})
when(asks, lacksCommand('openssl'))('over TLS, and trusts whom it is told to alone', async () => {
  const authority = createAuthority()
  await using server = await startTokenServer(undefined, authority.sign('server', 'IP:127.0.0.1'))
  await using auth = await open({ token_url: server.url, tls: { ca_file: authority.caFile } })
  assert.equal(await auth.headers(), { authorization: 'Bearer t1' })
  await using stranger = await open({ token_url: server.url })
  assert.match((await rejects(stranger.headers(), 'PIPE_DOWNSTREAM_UNAVAILABLE')).message, /certificate/)
})
asks.run()

const renews = suite('oauth2client renews a token')
renews('before it ends, while requests go on with the old one', async () => {
  await using server = await startTokenServer(n => token(`t${n}`, 3600))
  await using auth = await open({ token_url: server.url })
  await auth.headers()
  await auth.clock.advance(3_299_000)
  assert.equal(await auth.headers(), { authorization: 'Bearer t1' })
  assert.is(server.asked.length, 1)
  await auth.clock.advance(1_000)
  assert.equal(await auth.headers(), { authorization: 'Bearer t1' })
  await eventually(async () => (await auth.headers()).authorization === 'Bearer t2')
  assert.is(server.asked.length, 2)
})
renews('later if the server gives none: the old one goes on to its end', async () => {
  let isWell = true
  await using server = await startTokenServer(n =>
    isWell ? token(`t${n}`, 3600) : { status: 503, body: 'later' },
  )
  await using auth = await open({ token_url: server.url })
  await auth.headers()
  isWell = false
  await auth.clock.advance(3_300_000)
  assert.equal(await auth.headers(), { authorization: 'Bearer t1' })
  await eventually(() => auth.states().at(-1) === 'recoverable')
  const before = server.asked.length
  assert.equal(await auth.headers(), { authorization: 'Bearer t1' })
  assert.is(server.asked.length, before, 'the server is left in peace for 5 s')
  await auth.clock.advance(290_000)
  await rejects(auth.headers(), 'PIPE_DOWNSTREAM_UNAVAILABLE')
  isWell = true
  assert.match((await auth.headers()).authorization!, /^Bearer t\d+$/)
  assert.is(auth.states().at(-1), 'ok')
})
renews.run()

const fails = suite('oauth2client without a token')
const SCHEME = /^extensions::oauth2client::|^http:\/\/127\.0\.0\.1:\d+\/token: /
for (const [what, reply, message] of [
  [
    'that the server refuses',
    { status: 400, body: { error: 'invalid_scope', error_description: 'no\nsuch scope' } },
    /must give a token, got invalid_scope \(400\): no/,
  ],
  ['since the server has a fault', { status: 500, body: 'oh' }, /must give a token, got the status 500/],
  ['since the answer is no JSON', { body: '<html>' }, /must answer with a token \(RFC 6749, 5.1\)/],
  ['since the answer has none', { body: {} }, /must answer with a token .*"access_token"/],
  ['since the answer has no body', { status: 204, body: '' }, /must give a token, got the status 204/],
  [
    'that a header can have',
    token('s3cret\u00e9'),
    /must answer with a token .*"access_token" property must be printable ASCII$/,
  ],
  ['since the answer has no end', { body: 'x'.repeat(2 ** 20 + 1) }, /must have at most 1048576 bytes/],
] as const)
  fails(`${what} asks to try again, and says why`, async () => {
    await using server = await startTokenServer(() => reply)
    await using auth = await open({ token_url: `${server.url}?key=s3cret` })
    const error = (await rejects(auth.headers(), 'PIPE_DOWNSTREAM_UNAVAILABLE')) as PipelineError
    assert.ok(error.retryable)
    assert.match(error.message, message)
    assert.match(error.message, SCHEME)
    assert.not.match(error.message, /s3cret|\n/)
    assert.equal(auth.states(), ['recoverable'])
  })
fails('where nobody listens says so', async () => {
  await using auth = await open({ token_url: 'http://127.0.0.1:1/token' })
  const { message } = await rejects(auth.headers(), 'PIPE_DOWNSTREAM_UNAVAILABLE')
  assert.match(message, /cannot be asked for a token: .*ECONNREFUSED/)
})
fails('waits no longer than its request may, and not for ever for the server', async () => {
  await using server = await startTokenServer(n => (n === 1 ? 'hold' : token(`t${n}`)))
  await using auth = await open({ token_url: server.url })
  const stop = new AbortController()
  const refused = rejects(auth.headers(stop.signal), 'PIPE_DOWNSTREAM_UNAVAILABLE')
  await eventually(() => server.asked.length === 1)
  stop.abort()
  assert.match((await refused).message, 'gave no token in time')
  const late = rejects(auth.headers(), 'PIPE_DOWNSTREAM_UNAVAILABLE')
  await auth.clock.advance(30_000)
  assert.match((await late).message, /must give a token within 30 s \(timeout\)/)
  assert.equal(await auth.headers(), { authorization: 'Bearer t2' })
})
fails('that is asked for is given up at the shutdown', async () => {
  await using server = await startTokenServer(() => 'hold')
  const auth = await open({ token_url: server.url })
  const refused = rejects(auth.headers(), 'PIPE_DOWNSTREAM_UNAVAILABLE')
  await eventually(() => server.asked.length === 1)
  await auth[Symbol.asyncDispose]()
  await refused
  assert.is(auth.clock.pending(), 0)
})
for (const [what, more, message] of [
  ['its file', { client_secret_file: '/nowhere' }, /client_secret_file: file \/nowhere does not exist/],
  [
    'a key that is none',
    { grant_type: JWT, client_certificate_key: 's3cret' },
    /client_certificate_key: must be a private RSA key in PEM, without a passphrase$/,
  ],
] as const)
  fails(`for lack of ${what} starts, and says so with the first request`, async () => {
    await using server = await startTokenServer()
    await using auth = await open({ token_url: server.url, ...more })
    const error = (await rejects(auth.headers(), 'PIPE_DOWNSTREAM_UNAVAILABLE')) as PipelineError
    assert.match(error.message, message)
    assert.ok(error.retryable)
    assert.is(server.asked.length, 0)
  })
fails('cannot be had with an authority that cannot be read: the start is refused', async () => {
  const error = await rejects(open({ ...URL, tls: { ca_file: '/nowhere' } }), 'TLS_INVALID')
  assert.is(error.message, 'extensions::oauth2client::tls: ca_file /nowhere: does not exist; check the path')
})
fails.run()
