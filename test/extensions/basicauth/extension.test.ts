import { rmSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { factory } from '../../../extensions/basicauth/factory.ts'
import { rejects } from '../../kit/rejects.ts'
import { authOf, issuesOf, secretsFolder } from '../auth-kit.ts'

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })

const rules = suite('the configuration of basicauth')
for (const [given, ...issues] of [
  [{ client_auth: { username: 'a' } }],
  [{ client_auth: { username_file: '/f', password_file: '/g' } }],
  [{ client_auth: {} }, 'client_auth::username: must be set, or username_file'],
  [
    { client_auth: { username: 'a:b' } },
    'client_auth::username: must not have a colon: RFC 7617 ends the name there',
  ],
] as [object, ...string[]][])
  rules(`${JSON.stringify(given)} ${issues.length > 0 ? 'is refused' : 'is taken'}`, () =>
    assert.equal(issuesOf(factory, given), issues),
  )
rules('a password is never shown', () => {
  const parsed = factory.config.parse({ client_auth: { username: 'a', password: 's3cret' } })
  assert.not.match(JSON.stringify(parsed), 's3cret')
})
rules.run()

const s = suite('basicauth')
for (const [what, given, want] of [
  ['the user and the password', { username: 'ann', password: 's3cret' }, 'ann:s3cret'],
  ['a password with a colon, and letters of all the world', { username: 'ann', password: 'a:ß' }, 'ann:a:ß'],
  ['no password where there is none', { username: 'ann' }, 'ann:'],
] as const)
  s(`sends ${what}`, async () => {
    await using auth = authOf(factory, { client_auth: given })
    await auth.start()
    assert.equal(await auth.headers(), basic(want))
  })
s('sends what the files hold at that moment, and nothing of what they win over', async () => {
  using folder = secretsFolder()
  const files = {
    username_file: folder.write('name', 'ann\n'),
    password_file: folder.write('password', 's3cret\n'),
  }
  await using auth = authOf(factory, { client_auth: { username: 'bob', password: 'other', ...files } })
  await auth.start()
  assert.equal(await auth.headers(), basic('ann:s3cret'))
  folder.write('password', 'n3w')
  assert.equal(await auth.headers(), basic('ann:n3w'))
})
s('is degraded until both files can be read again', async () => {
  using folder = secretsFolder()
  const username_file = folder.write('name', 'ann')
  const password_file = folder.write('password', 's3cret')
  await using auth = authOf(factory, { client_auth: { username_file, password_file } })
  await auth.start()
  rmSync(username_file)
  rmSync(password_file)
  assert.equal(await auth.headers(), basic('ann:s3cret'))
  folder.write('name', 'ann')
  await auth.headers()
  assert.is(auth.states().at(-1), 'recoverable')
  folder.write('password', 's3cret')
  await auth.headers()
  assert.is(auth.states().at(-1), 'ok')
})
s('asks to try again while the file has a name with a colon', async () => {
  using folder = secretsFolder()
  const username_file = folder.write('name', 'ann:lee')
  await using auth = authOf(factory, { client_auth: { username_file, password: 'x' } })
  await auth.start()
  await rejects(auth.headers(), 'PIPE_DOWNSTREAM_UNAVAILABLE')
})
s('does not start without its files, and says which', async () => {
  await using auth = authOf(factory, { client_auth: { username: 'a', password_file: '/nowhere' } })
  const { message } = await rejects(auth.start(), 'LOGIN_FILE_INVALID')
  assert.is(
    message,
    'extensions::basicauth::client_auth::password_file: file /nowhere does not exist; check the path',
  )
})
s.run()
