import { createServer, type LookupFunction, connect as openTcp } from 'node:net'
import { connect as openTls } from 'node:tls'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describeConnectionFailure } from '../../pipeline/connection-failure.ts'

const s = suite('describeConnectionFailure')

function failureOf(socket: NodeJS.EventEmitter): Promise<unknown> {
  return new Promise(resolve => socket.once('error', resolve))
}

const bothFamilies: LookupFunction = (_host, _options, done) =>
  done(null, [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ])

s('has the texts of all attempts for a name with several addresses', async () => {
  const error = await failureOf(openTcp({ host: 'both', port: 1, lookup: bothFamilies }))
  assert.instance(error, AggregateError)
  assert.match(
    describeConnectionFailure(error),
    /^connect E\w+ 127\.0\.0\.1:1( .*)?, connect E\w+ ::1:1( .*)?$/,
  )
})

s('is one line without addresses in memory where there is no TLS', async () => {
  await using server = createServer(socket => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const error = await failureOf(openTls({ host: '127.0.0.1', port }))
  assert.is(describeConnectionFailure(error), 'no TLS at the other end (wrong version number)')
})

const coded = (message: string, code: string) => Object.assign(new Error(message), { code })
const rows = [
  [
    'leaves out how Node would be started',
    coded('no issuer; if the root CA is installed locally, try running Node.js with --use-system-ca', 'LEAF'),
    'no issuer (LEAF)',
  ],
  ['adds a code', coded('self-signed certificate', 'SELF_SIGNED'), 'self-signed certificate (SELF_SIGNED)'],
  [
    'does not repeat a code',
    coded('connect ECONNREFUSED ::1:1', 'ECONNREFUSED'),
    'connect ECONNREFUSED ::1:1',
  ],
  ['has the code for want of a text', coded('', 'ECONNRESET'), 'ECONNRESET'],
  ['says equal things once', new AggregateError([new Error('a'), new Error('a')]), 'a'],
  ['is never empty', new Error(''), 'no reason'],
  [
    'has the reason of OpenSSL',
    coded(
      'write EPROTO 40A:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:../rec.c:1605:SSL alert number 116\n',
      'EPROTO',
    ),
    'TLS: tlsv13 alert certificate required',
  ],
] as const
for (const [name, error, want] of rows) s(name, () => assert.is(describeConnectionFailure(error), want))

s.run()
