import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ApiReviews } from '../../../../extensions/trace_api/auth/api-reviews.ts'
import { ApiError } from '../../../../kubernetes/client/api-error.ts'
import { fakeClock } from '../../../kit/clock.ts'

function open(answer: object | Error | 'never', audiences: readonly string[] = []) {
  const clock = fakeClock()
  const sent: { readonly resource: string; readonly body: unknown }[] = []
  const states: (string | undefined)[] = []
  const client = {
    async send(request: { object: { resource: string }; body?: unknown; abort: AbortSignal }) {
      sent.push({ resource: request.object.resource, body: request.body })
      if (answer === 'never')
        return new Promise((_, reject) =>
          request.abort.addEventListener('abort', () => reject(request.abort.reason)),
        )
      if (answer instanceof Error) throw answer
      return answer
    },
  } as never
  const reviews = new ApiReviews({
    client,
    clock,
    audiences,
    onState: problem => states.push(problem?.message),
  })
  return { clock, sent, states, reviews }
}

const user = { username: 'ann', uid: 'u1', groups: ['devs'], extra: { scope: ['a'] } }
const ANN = { name: 'ann', groups: ['devs'], uid: 'u1', extra: { scope: ['a'] }, via: 'token' } as const

const tokens = suite('token')
for (const [name, status, audiences, want] of [
  ['a user', { authenticated: true, user }, [], ANN],
  ['nobody', { authenticated: false, error: 'invalid bearer token' }, [], undefined],
  ['an answer without a status', undefined, [], undefined],
  ['a user without a name', { authenticated: true, user: {} }, [], undefined],
  ['a user that is not said to be authenticated', { user }, [], undefined],
  ['a token for us', { authenticated: true, user, audiences: ['a', 'swoll'] }, ['swoll'], ANN],
  ['a token for somebody else', { authenticated: true, user, audiences: ['a'] }, ['swoll'], undefined],
  ['an authenticator that knows no audiences', { authenticated: true, user }, ['swoll'], undefined],
] as const)
  tokens(`${name}: ${want ? want.name : 'no login'}`, async () => {
    const { reviews, sent, states } = open({ status }, audiences)
    assert.equal(await reviews.token('abc'), want)
    const spec = { token: 'abc', ...(audiences.length > 0 && { audiences }) }
    assert.equal(sent, [
      {
        resource: 'tokenreviews',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec },
      },
    ])
    assert.equal(states, [undefined])
  })
const jwt = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`
for (const [name, claims, configured, asked] of [
  ['for agents', { aud: ['swoll'] }, [], ['swoll']],
  ['for agents alone, as a text', { aud: 'swoll' }, [], ['swoll']],
  ['for the API server', { aud: ['https://kubernetes.default.svc'] }, [], undefined],
  ['for nobody', null, [], undefined],
  ['for agents whose audience is another', { aud: ['swoll'] }, ['prod'], ['prod']],
] as const)
  tokens(`a token ${name} is asked about as such`, async () => {
    const { reviews, sent } = open({ status: { authenticated: true, user, audiences: asked } }, configured)
    const token = jwt(claims)
    assert.equal(await reviews.token(token), ANN)
    assert.equal((sent[0]!.body as { spec: object }).spec, { token, ...(asked && { audiences: asked }) })
  })
tokens('a token that only says it is for agents is nobody', async () => {
  const { reviews } = open({ status: { authenticated: true, user } }, [])
  assert.is(await reviews.token(jwt({ aud: ['swoll'] })), undefined)
})
tokens.run()

const rights = suite('isAllowed')
for (const [status, want] of [
  [{ allowed: true }, true],
  [{ allowed: false }, false],
  [{ allowed: true, denied: true }, false],
  [{ allowed: false, evaluationError: 'no such role' }, false],
  [{}, false],
] as const)
  rights(`${JSON.stringify(status)} is ${want}`, async () => {
    assert.is(await open({ status }).reviews.isAllowed(ANN, 'watch', 'shop', 'a'), want)
  })
rights('asks for the user with all that is known of it', async () => {
  const { reviews, sent } = open({ status: {} })
  await reviews.isAllowed(ANN, 'watch', 'shop', undefined)
  const resourceAttributes = {
    group: 'tools.swoll.criticalstack.com',
    resource: 'traces',
    verb: 'watch',
    namespace: 'shop',
  }
  const spec = { user: 'ann', groups: ['devs'], uid: 'u1', extra: { scope: ['a'] }, resourceAttributes }
  assert.equal(JSON.parse(JSON.stringify(sent[0]!.body)), {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec,
  })
})
rights.run()

const away = suite('an API server that does not answer')
for (const [name, error, retryAfterMs] of [
  ['is away', new ApiError('unreachable'), 5000],
  ['is busy', new ApiError('busy', { status: 429, retryAfterMs: 7000 }), 7000],
  ['forbids us to ask', new ApiError('forbidden', { status: 403 }), 5000],
] as const)
  away(`${name}: 503, and whoever minds is told`, async () => {
    const { reviews, states } = open(error)
    const thrown = await reviews.token('abc').catch(e => e)
    assert.equal([thrown.status, thrown.retryAfterMs], [503, retryAfterMs])
    assert.not.match(thrown.message, /abc|unreachable|busy|forbidden/)
    assert.equal(states, [error.message])
  })
away('is waited for ten seconds', async () => {
  const { reviews, clock } = open('never')
  const asked = reviews.token('abc').catch(e => e)
  await clock.advance(10_000)
  assert.is((await asked).status, 503)
  assert.is(clock.pending(), 0)
})
away('is waited for no longer once the agent stops', async () => {
  const { reviews } = open('never')
  const asked = reviews.token('abc').catch(e => e)
  reviews.close()
  assert.is((await asked).status, 503)
})
away.run()
