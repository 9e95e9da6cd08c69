import { rmSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { BearerTokenConfig } from '../../../extensions/bearertokenauth/config.ts'
import { BearerTokenAuth } from '../../../extensions/bearertokenauth/extension.ts'
import { factory } from '../../../extensions/bearertokenauth/factory.ts'
import type { Create } from '../../../pipeline/component.ts'
import type { PipelineError } from '../../../pipeline/errors.ts'
import { fakeClock } from '../../kit/clock.ts'
import { rejects } from '../../kit/rejects.ts'
import { authOf, issuesOf, secretsFolder } from '../auth-kit.ts'

const rules = suite('the configuration of bearertokenauth')
for (const [given, ...issues] of [
  [{ token: 'a' }],
  [{ tokens: ['a', 'b'] }],
  [{ filename: '/f' }],
  [{ token: 'a', filename: '/f' }],
  [{ tokens: ['a'], filename: '/f' }],
  [{ token: 'a', scheme: '' }],
  [{ filename: '/f', retry_on_failure: { enabled: true, interval: '1s' }, wait_for_token_file: true }],
  [{}, 'token: must be set, or one of tokens and filename'],
  [{ token: '' }, 'token: must be set, or one of tokens and filename'],
  [{ tokens: ['', 'b'] }, 'tokens::0: must not be empty; take it away'],
  [{ token: 'a', tokens: ['b'] }, 'tokens: must not be set together with token; keep one'],
  [
    { token: 'a', retry_on_failure: { enabled: true, interval: '1s' } },
    'retry_on_failure: must not be enabled without filename; remove it',
  ],
  [
    { filename: '/f', retry_on_failure: { enabled: true } },
    'retry_on_failure::interval: must be above 0, since enabled is true',
  ],
  [
    { filename: '/f', wait_for_token_file: true },
    'wait_for_token_file: must not be true without filename and retry_on_failure::enabled',
  ],
  [{ token: 's3cret s3cret' }, 'token: must be one word of printable ASCII; the word before it is "scheme"'],
  [{ token: 'a', scheme: 'my scheme' }, 'scheme: must be one word of printable ASCII'],
  [{ token: 'a', header: 'X Y' }, 'header: must be a header name: letters, digits, "-", "_" and "."'],
] as [object, ...string[]][])
  rules(`${JSON.stringify(given)} ${issues.length > 0 ? 'is refused' : 'is taken'}`, () =>
    assert.equal(issuesOf(factory, given), issues),
  )
rules.run()

const tokens = suite('bearertokenauth')
for (const [what, given, want] of [
  ['a token', { token: 'abc' }, { authorization: 'Bearer abc' }],
  ['a token of a file with a line end', { token: 'abc\n' }, { authorization: 'Bearer abc' }],
  ['the first of several', { tokens: ['abc', 'def'] }, { authorization: 'Bearer abc' }],
  ['another scheme', { token: 'abc', scheme: 'Api-Key' }, { authorization: 'Api-Key abc' }],
  ['no scheme, in a header of its own', { token: 'abc', scheme: '', header: 'X-Key' }, { 'x-key': 'abc' }],
] as const)
  tokens(`sends ${what}`, async () => {
    await using auth = authOf(factory, given)
    await auth.start()
    assert.equal(await auth.headers(), want)
  })
tokens('sends the first word of the file, which wins over the token, and says so', async () => {
  using folder = secretsFolder()
  const filename = folder.write('token', '\n  abc # of June\ndef\n')
  await using auth = authOf(factory, { token: 'other', filename })
  await auth.start()
  assert.equal(await auth.headers(), { authorization: 'Bearer abc' })
  assert.equal(
    auth.log.lines.map(({ level, message }) => `${level} ${message}`),
    ['warn The token is not used, since there is a filename'],
  )
})
tokens('lets tokens win over the file, as the Collector does, and says so', async () => {
  await using auth = authOf(factory, { tokens: ['abc'], filename: '/nowhere' })
  await auth.start()
  assert.equal(await auth.headers(), { authorization: 'Bearer abc' })
  assert.is(auth.log.lines.length, 1)
})
tokens('has another token of the file with the very next request', async () => {
  using folder = secretsFolder()
  const filename = folder.write('token', 'abc')
  await using auth = authOf(factory, { filename })
  await auth.start()
  folder.write('token', 'def')
  assert.equal(await auth.headers(), { authorization: 'Bearer def' })
})
tokens('keeps the last token while the file is gone or empty, and is degraded meanwhile', async () => {
  using folder = secretsFolder()
  const filename = folder.write('token', 'abc')
  await using auth = authOf(factory, { filename })
  await auth.start()
  rmSync(filename)
  assert.equal(await auth.headers(), { authorization: 'Bearer abc' })
  folder.write('token', ' \n')
  assert.equal(await auth.headers(), { authorization: 'Bearer abc' })
  assert.equal(auth.states(), ['recoverable'])
  assert.match(auth.host.reports[0]!.cause!.message, /filename: file .* does not exist; check the path/)
  folder.write('token', 'def')
  assert.equal(await auth.headers(), { authorization: 'Bearer def' })
  assert.equal(auth.states(), ['recoverable', 'ok'])
})
tokens('asks to try again where the file has what no header can hold', async () => {
  using folder = secretsFolder()
  const filename = folder.write('token', 'schlüssel')
  await using auth = authOf(factory, { filename })
  await auth.start()
  const error = (await rejects(auth.headers(), 'PIPE_DOWNSTREAM_UNAVAILABLE')) as PipelineError
  assert.ok(error.retryable)
  assert.not.match(error.message, 'schl')
})
tokens.run()

const starts = suite('the start of bearertokenauth')
starts('is refused without the file, with the key and the remedy', async () => {
  await using auth = authOf(factory, { filename: '/nowhere/token' })
  const error = await rejects(auth.start(), 'LOGIN_FILE_INVALID')
  assert.is(
    error.message,
    'extensions::bearertokenauth::filename: file /nowhere/token does not exist; check the path',
  )
})
for (const [what, content, message] of [
  ['empty', '', 'must hold a text, and is empty; write it there'],
  ['endless', 'x'.repeat(65_537), 'must hold at most 65536 bytes; check that it is the right file'],
] as const)
  starts(`is refused with a file that is ${what}`, async () => {
    using folder = secretsFolder()
    await using auth = authOf(factory, { filename: folder.write('token', content) })
    assert.match((await rejects(auth.start(), 'LOGIN_FILE_INVALID')).message, message)
  })

/** With a clock that stands still. */
function waiting(filename: string, more: object) {
  const clock = fakeClock()
  const given = { filename, retry_on_failure: { enabled: true, interval: '1s', ...more } }
  const make = (context: Create<BearerTokenConfig>) => new BearerTokenAuth(context, clock)
  return { clock, given, make }
}
/** Until so many timers wait: a look at a file takes as long as the machine needs. */
async function untilPending(clock: ReturnType<typeof fakeClock>): Promise<void> {
  while (clock.pending() === 0) await new Promise(resolve => setImmediate(resolve))
}

starts(
  'does not wait for the file with retry_on_failure: requests are tried again until it is there',
  async () => {
    using folder = secretsFolder()
    const { given, make } = waiting(folder.path('token'), {})
    await using auth = authOf(factory, given, make)
    await auth.start()
    assert.ok(((await rejects(auth.headers(), 'PIPE_DOWNSTREAM_UNAVAILABLE')) as PipelineError).retryable)
    assert.equal(auth.states(), ['recoverable'])
    folder.write('token', 'abc')
    assert.equal(await auth.headers(), { authorization: 'Bearer abc' })
    assert.equal(auth.states(), ['recoverable', 'ok'])
  },
)
starts('waits for the file with wait_for_token_file', async () => {
  using folder = secretsFolder()
  const { clock, given, make } = waiting(folder.path('token'), {})
  await using auth = authOf(factory, { ...given, wait_for_token_file: true }, make)
  const started = auth.start()
  await untilPending(clock)
  folder.write('token', 'abc')
  await clock.advance(1000)
  await started
  assert.equal(await auth.headers(), { authorization: 'Bearer abc' })
  assert.equal(auth.states(), ['recoverable', 'ok'])
})
starts('waits for so many looks, and no longer', async () => {
  const { clock, given, make } = waiting('/nowhere/token', { max_retries: 2 })
  await using auth = authOf(factory, { ...given, wait_for_token_file: true }, make)
  const refused = rejects(auth.start(), 'LOGIN_FILE_INVALID')
  for (let looks = 0; looks < 2; looks++) {
    await untilPending(clock)
    await clock.advance(1000)
  }
  await refused
  assert.is(clock.pending(), 0)
})
starts('is given up when the process is to end', async () => {
  const { clock, given, make } = waiting('/nowhere/token', {})
  await using auth = authOf(factory, { ...given, wait_for_token_file: true }, make)
  const abort = new AbortController()
  const refused = rejects(auth.start(abort.signal), 'LOGIN_FILE_INVALID')
  await untilPending(clock)
  abort.abort()
  await refused
  assert.is(clock.pending(), 0)
})
starts.run()
