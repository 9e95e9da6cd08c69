/** The gate as routes see it, with a stand-in for the API server. */

import { chmodSync, mkdtempDisposableSync, renameSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashSync } from 'bcryptjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ClusterLogins } from '../../../../extensions/trace_api/auth/cluster-logins.ts'
import { auth, policy } from '../../../../extensions/trace_api/auth/config.ts'
import { createGate } from '../../../../extensions/trace_api/auth/create-gate.ts'
import { type Gate, GateError, type Identity } from '../../../../extensions/trace_api/auth/gate.ts'
import { Logins } from '../../../../extensions/trace_api/auth/logins.ts'
import { fakeClock } from '../../../kit/clock.ts'
import { never, nopHost, nopLogger, recordingLogger, recordingMeter } from '../../../kit/context.ts'

const TOKEN = '0123456789abcdef'

function from(authorization?: string, remoteAddress = '10.0.0.1'): IncomingMessage {
  return { headers: authorization ? { authorization } : {}, socket: { remoteAddress } } as IncomingMessage
}
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

async function open(given: object) {
  const clock = fakeClock()
  const log = recordingLogger()
  const { meter, read } = recordingMeter()
  const config = { auth: auth.parse(given), policy: policy.parse({}), allowed_origins: [] }
  const gate = createGate(config, { clock, log, meter })
  await gate.start(nopHost(), never)
  return { gate, clock, log, read, [Symbol.asyncDispose]: () => gate.close() }
}

const may = async (gate: Gate, who: Identity | undefined) => {
  const asked = [
    ['get', 'shop'],
    ['delete', 'shop'],
    ['get', 'bank'],
    ['get', undefined],
  ] as const
  const answers = await Promise.all(asked.map(([verb, namespace]) => gate.allows(who!, verb, namespace)))
  return answers.map(is => (is ? 'y' : 'n')).join('')
}

const ways = suite('ways of logging in')

ways('without any, whoever comes may do everything', async () => {
  await using opened = await open({})
  const who = await opened.gate.authenticate(from())
  assert.equal(who, { name: 'anonymous', groups: [], via: 'anonymous' })
  assert.is(await may(opened.gate, who), 'yyyy')
})

ways('without any, a wrong login is still wrong', async () => {
  await using opened = await open({})
  assert.is(await opened.gate.authenticate(from('Bearer whatever')), undefined)
})

ways('an identity that this gate did not give out may do nothing', async () => {
  await using opened = await open({})
  assert.is(await may(opened.gate, { name: 'anonymous', groups: [], via: 'anonymous' }), 'nnnn')
})

ways('a fixed token has the rights of its line', async () => {
  const shop = { name: 'ci', token: TOKEN, namespaces: ['shop'], verbs: ['get'] }
  const all = { name: 'ops', token: `${TOKEN}2`, namespaces: ['*'] }
  await using opened = await open({ tokens: [shop, all] })
  const { gate } = opened
  assert.is(await gate.authenticate(from()), undefined)
  const ci = await gate.authenticate(from(`Bearer ${TOKEN}`))
  assert.equal(ci, { name: 'ci', groups: [], via: 'static' })
  assert.is(await may(gate, ci), 'ynnn')
  assert.is(await may(gate, await gate.authenticate(from(`Bearer ${TOKEN}2`))), 'yyyy')
  for (const wrong of [TOKEN.slice(1), `${TOKEN}3`, '', 'x'])
    assert.is(await gate.authenticate(from(`Bearer ${wrong}`)), undefined, wrong)
})

ways('spelled out, whoever shows nothing may do everything, and a wrong login nothing', async () => {
  const token = { name: 'ci', token: TOKEN, namespaces: ['shop'] }
  await using opened = await open({ tokens: [token], insecure_allow_anonymous: true })
  assert.is((await opened.gate.authenticate(from()))?.via, 'anonymous')
  assert.is((await opened.gate.authenticate(from(`Bearer ${TOKEN}`)))?.via, 'static')
  assert.is(await opened.gate.authenticate(from('Bearer wrong')), undefined)
})

ways('a token of a file is read again when the file changes, and a bad file changes nothing', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-tokens-'))
  const file = join(folder.path, 'token')
  writeFileSync(file, `${TOKEN}\n`)
  await using opened = await open({ tokens: [{ name: 'ci', token_file: file, namespaces: ['shop'] }] })
  const { gate, clock, log } = opened
  const is = async (token: string) => (await gate.authenticate(from(`Bearer ${token}`, token))) !== undefined
  assert.is(await is(TOKEN), true)
  replaceFile(file, 'short')
  await until(clock, () => log.lines.length === 1)
  assert.is(log.lines[0]!.message, 'The logins that were known before stay in use')
  assert.match(String(log.lines[0]!.fields.error), /must hold one word of at least 16 characters/)
  assert.is(await is(TOKEN), true)
  replaceFile(file, 'fedcba9876543210')
  await until(clock, () => log.lines.length === 2)
  assert.is(await is(TOKEN), false)
  assert.is(await is('fedcba9876543210'), true)
})

ways('a token file that is missing ends the start', async () => {
  const error = await open({ tokens: [{ name: 'x', token_file: '/nowhere', namespaces: ['a'] }] }).catch(
    e => e,
  )
  assert.is(error.code, 'LOGIN_FILE_INVALID')
  assert.match(error.message, /^token_file \/nowhere: must be a file that can be read, got ENOENT/)
})
ways.run()

/** Looking at files takes real time, on a busy machine much: the clock is moved on until `is`. The runner ends what never is. */
async function until(clock: ReturnType<typeof fakeClock>, is: () => boolean): Promise<void> {
  while (!is()) {
    await clock.advance(10_000)
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** The file has the one content or the other, and never none: looks go on beside this. */
function replaceFile(file: string, content: string): void {
  writeFileSync(`${file}.new`, content)
  renameSync(`${file}.new`, file)
}

const passwords = suite('htpasswd')
async function openPasswords(lines: readonly string[]) {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-htpasswd-'))
  const file = join(folder.path, 'htpasswd')
  writeFileSync(file, lines.join('\n'))
  chmodSync(file, 0o600)
  const users = [{ name: 'ann', namespaces: ['shop'], verbs: ['get', 'watch'] }]
  try {
    const opened = await open({ htpasswd: { file, users } })
    return {
      ...opened,
      file,
      async [Symbol.asyncDispose]() {
        await opened.gate.close()
        folder.remove()
      },
    }
  } catch (error) {
    folder.remove()
    throw error
  }
}
const ANN = `ann:${hashSync('secret', 4)}`

passwords('who is in the file has the rights of the configuration', async () => {
  await using opened = await openPasswords([
    '# people',
    '',
    ANN.replace('$2b$', '$2y$'),
    `bob:${hashSync('x', 4)}`,
  ])
  const { gate } = opened
  const ann = await gate.authenticate(from(basic('ann:secret')))
  assert.equal(ann, { name: 'ann', groups: [], via: 'htpasswd' })
  assert.is(await may(gate, ann), 'ynnn')
  for (const wrong of ['ann:Secret', 'ann:', 'bob:x', 'nobody:secret', 'nobody:'])
    assert.is(await gate.authenticate(from(basic(wrong))), undefined, wrong)
})

for (const [name, line] of [
  ['MD5', 'ann:$apr1$abcdefgh$0123456789012345678901'],
  ['plain text', 'ann:secret'],
  ['a cost that would stop the agent', `ann:$2y$31$${'.'.repeat(53)}`],
  ['no name', ANN.slice(3)],
] as const)
  passwords(`${name} is refused with its line`, async () => {
    const error = await openPasswords([ANN, line]).catch(e => e)
    assert.is(error.code, 'LOGIN_FILE_INVALID')
    assert.match(error.message, /line 2: must be NAME:HASH with bcrypt/)
    assert.not.match(error.message, /secret/)
  })
passwords.run()

const limits = suite('failed logins')
limits('who guesses waits, at this address alone; who has logged in here before does not', async () => {
  const tokens = [
    { name: 'known', token: TOKEN, namespaces: ['shop'] },
    { name: 'new', token: `${TOKEN}2`, namespaces: ['shop'] },
  ]
  await using opened = await open({ tokens })
  const { gate, clock, read } = opened
  await gate.authenticate(from(`Bearer ${TOKEN}`))
  for (let i = 0; i < 10; i++) assert.is(await gate.authenticate(from(`Bearer ${i}`)), undefined)
  for (const login of ['Bearer 11', `Bearer ${TOKEN}2`, 'Nonsense']) {
    const error = await gate.authenticate(from(login)).catch(e => e)
    assert.instance(error, GateError)
    assert.equal([error.status, error.retryAfterMs], [429, 6000])
  }
  assert.is((await gate.authenticate(from(`Bearer ${TOKEN}`)))?.name, 'known')
  assert.is(await gate.authenticate(from()), undefined, 'nothing shown is no failed login')
  assert.is((await gate.authenticate(from(`Bearer ${TOKEN}2`, '10.0.0.2')))?.name, 'new')
  await clock.advance(6000)
  assert.is((await gate.authenticate(from(`Bearer ${TOKEN}2`)))?.name, 'new')
  assert.equal(await read(), {
    'extension_trace_api_refused_logins{reason=limited}': 3,
    'extension_trace_api_refused_logins{reason=wrong}': 10,
  })
})
limits('who looks again whether a stream may go on is no guesser', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'swoll-tokens-'))
  const file = join(folder.path, 'token')
  writeFileSync(file, TOKEN)
  const fixed = { name: 'other', token: `${TOKEN}2`, namespaces: ['shop'] }
  await using opened = await open({ tokens: [fixed, { name: 'ci', token_file: file, namespaces: ['shop'] }] })
  const { gate, clock, log, read } = opened
  const request = from(`Bearer ${TOKEN}`)
  const who = (await gate.authenticate(request))!
  assert.is(await gate.stillAllows(request, who, 'watch', 'shop', 'a'), true)
  assert.is(await gate.stillAllows(request, who, 'watch', 'bank', 'a'), false)
  assert.is(
    await gate.stillAllows(from(`Bearer ${TOKEN}2`), who, 'watch', 'shop', 'a'),
    false,
    'another user',
  )
  assert.is(await gate.stillAllows(from(), who, 'watch', 'shop', 'a'), false)
  replaceFile(file, 'another token than before')
  replaceFile(file, 'fedcba9876543210')
  await until(clock, () => log.lines.length === 1)
  for (let i = 0; i < 20; i++) assert.is(await gate.stillAllows(request, who, 'watch', 'shop', 'a'), false)
  assert.equal(await read(), {})
})
limits.run()

const cluster = suite('users of a cluster')
function openCluster() {
  const clock = fakeClock()
  const asked: string[] = []
  const state = {
    isAway: false,
    tokens: new Map([['good', 'ann']]),
    namespaces: new Set(['shop']),
    named: new Set<string>(),
  }
  const away = () => {
    if (state.isAway) throw new GateError(503, 'away', { retryAfterMs: 5000 })
  }
  const logins = new ClusterLogins(
    {
      async token(token) {
        asked.push(`token ${token}`)
        away()
        const name = state.tokens.get(token)
        return name === undefined ? undefined : { name, groups: ['devs'], via: 'token' }
      },
      async isAllowed({ name, groups }, verb, namespace, trace) {
        asked.push(`${name} of ${groups} ${verb} ${trace ?? '*'} in ${namespace ?? 'all'}`)
        away()
        return state.named.has(trace ?? '') || (namespace !== undefined && state.namespaces.has(namespace))
      },
    },
    clock,
  )
  const all = new Logins({
    config: auth.parse({ kubernetes: { client_ca_file: 'ca.pem' } }),
    cluster: logins,
    clock,
    log: nopLogger,
    onFailed() {},
  })
  return { clock, asked, state, find: (token: string) => all.find(from(`Bearer ${token}`)), logins }
}

cluster('a token and a right are asked for once in ten seconds', async () => {
  const { clock, asked, find } = openCluster()
  for (let i = 0; i < 3; i++) {
    const login = await find('good')
    assert.equal(login?.who, { name: 'ann', groups: ['devs'], via: 'token' })
    assert.is(await login?.allows('watch', 'shop', 'a'), true)
    assert.is(await login?.allows('watch', 'bank', 'a'), false)
  }
  const once = [
    'token good',
    'ann of devs watch * in shop',
    'ann of devs watch * in bank',
    'ann of devs watch a in bank',
  ]
  assert.equal(asked, once)
  await clock.advance(9999)
  await find('good')
  assert.equal(asked, once)
  await clock.advance(1)
  await find('good')
  assert.equal(asked, [...once, 'token good'])
})

cluster('a token that is revoked, and a right that is taken away, end within ten seconds', async () => {
  const { clock, state, find } = openCluster()
  const login = await find('good')
  assert.is(await login?.allows('get', 'shop', undefined), true)
  state.tokens.clear()
  state.namespaces.clear()
  await clock.advance(10_000)
  assert.is(await find('good'), undefined)
  assert.is(await login?.allows('get', 'shop', undefined), false)
})

cluster('a wrong token is asked for once in three seconds', async () => {
  const { clock, asked, find } = openCluster()
  for (let i = 0; i < 3; i++) assert.is(await find('bad'), undefined)
  assert.equal(asked, ['token bad'])
  await clock.advance(3000)
  await find('bad')
  assert.is(asked.length, 2)
})

cluster('an API server that is away is no wrong token, and no wrong right', async () => {
  const { asked, state, find } = openCluster()
  const login = await find('good')
  state.isAway = true
  for (let i = 0; i < 20; i++) {
    const error = await find('other').catch(e => e)
    assert.is(error.status, 503, 'and not 429: nothing has failed')
  }
  const error = await login!.allows('get', 'shop', undefined).catch(e => e)
  assert.equal([error.status, error.retryAfterMs], [503, 5000])
  state.isAway = false
  state.tokens.set('other', 'bob')
  assert.is((await find('other'))?.who.name, 'bob')
  assert.is(await login!.allows('get', 'shop', undefined), true)
  assert.is(asked.length, 24)
})

cluster('a right for all names is asked for first, then one for this name alone', async () => {
  const { asked, state, find } = openCluster()
  const login = await find('good')
  for (const name of ['a', undefined, 'b']) assert.is(await login?.allows('get', 'shop', name), true)
  assert.equal(asked.slice(1), ['ann of devs get * in shop'])
  state.namespaces.clear()
  state.named = new Set(['a'])
  asked.length = 0
  assert.is(await login?.allows('watch', 'shop', 'a'), true)
  assert.is(await login?.allows('watch', 'shop', 'b'), false)
  assert.is(await login?.allows('watch', 'shop', undefined), false)
  assert.is(await login?.allows('get', undefined, undefined), false)
  assert.equal(asked, [
    'ann of devs watch * in shop',
    'ann of devs watch a in shop',
    'ann of devs watch b in shop',
    'ann of devs get * in all',
  ])
})

cluster('a thousand jobs are asked for at once, and no more', async () => {
  const { state, find } = openCluster()
  const login = await find('good')
  state.namespaces.clear()
  const list = (count: number) =>
    Promise.allSettled(
      Array.from({ length: count }, (_, i) => login!.allows('get', `n${count}-${i}`, undefined)),
    )
  const failures = (await list(1024)).filter(({ status }) => status === 'rejected')
  assert.is(failures.length, 0)
  assert.is((await list(1025)).filter(({ status }) => status === 'rejected').length, 1)
})

cluster('a certificate is a user as the API server has it', async () => {
  const { logins, asked } = openCluster()
  const login = logins.ofCertificate({ kind: 'certificate', name: 'cert', groups: ['devs'] })
  assert.equal(login.who, { name: 'cert', groups: ['devs', 'system:authenticated'], via: 'certificate' })
  await login.allows('get', 'shop', undefined)
  assert.equal(asked, ['cert of devs,system:authenticated get * in shop'])
})

cluster('more than 64 questions at once are too many', async () => {
  const { find } = openCluster()
  const clock = fakeClock()
  const hanging = new ClusterLogins(
    { token: () => new Promise(() => {}), isAllowed: async () => true },
    clock,
  )
  const statuses: number[] = []
  for (let i = 0; i < 66; i++) hanging.ofToken(`t${i}`).catch(({ status }) => statuses.push(status))
  await new Promise(resolve => setImmediate(resolve))
  assert.equal(statuses, [503, 503])
  assert.ok(await find('good'))
})
cluster.run()
