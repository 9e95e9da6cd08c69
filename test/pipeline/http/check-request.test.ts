import type { IncomingMessage } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkRequest, isLoopbackAddress, isReply } from '../../../pipeline/http/check-request.ts'

/** The status it is refused with, or the path. */
function check(
  host: string | readonly string[] | undefined,
  { isLoopback = true, url = '/metrics', minor = 1, headers = {} } = {},
): number | string {
  const hosts = typeof host === 'string' ? [host] : (host ?? [])
  const request = {
    url,
    httpVersionMinor: minor,
    headers: { host: hosts[0], ...headers },
    rawHeaders: hosts.flatMap((value, i) => [i === 0 ? 'Host' : 'hOST', value]),
  }
  const result = checkRequest(request as unknown as IncomingMessage, isLoopback)
  return isReply(result) ? result.status : result.path
}

const hosts = suite('the Host of a request to a listener of this host alone')
for (const host of [
  'localhost',
  'LOCALHOST:9095',
  'localhost.',
  'a.localhost:1',
  '127.0.0.1:9095',
  '10.0.0.7',
  '[::1]:9095',
  '[::1]',
  'agent',
  '',
])
  hosts(`may be ${host || 'empty'}`, () => assert.is(check(host), '/metrics'))
hosts('may be missing, as in HTTP/1.0', () => assert.is(check(undefined, { minor: 0 }), '/metrics'))
for (const host of [
  'evil.example',
  'evil.example:9095',
  'localhost.evil.example',
  '127.0.0.1.nip.io',
  'evil.example.',
])
  hosts(`must not be ${host}`, () => assert.is(check(host), 421))
hosts('is that of the absolute form, where there is one', () => {
  assert.is(check('localhost', { url: 'http://evil.example/metrics' }), 421)
  assert.is(check('evil.example', { url: 'http://localhost/metrics' }), '/metrics')
})
hosts('is free for a listener that others reach', () =>
  assert.is(check('swoll.example', { isLoopback: false }), '/metrics'),
)
hosts.run()

const shapes = suite('checkRequest')
shapes('refuses more than one Host', () => assert.is(check(['a', 'a'], { isLoopback: false }), 400))
for (const host of ['a b', 'a/b', 'a@b', '[::1', 'a:b', 'a:123456'])
  shapes(`refuses the Host ${host}`, () => assert.is(check(host, { isLoopback: false }), 400))
shapes('refuses a target that is no path', () => assert.is(check('a', { url: 'metrics' }), 400))
shapes('refuses HTTP/1.1 without Host', () => assert.is(check(undefined, { isLoopback: false }), 400))
shapes('refuses Transfer-Encoding of HTTP/1.0', () =>
  assert.is(check('a', { minor: 0, headers: { 'transfer-encoding': 'chunked' } }), 400),
)
shapes.run()

const loopback = suite('isLoopbackAddress')
for (const [address, want] of [
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['1.127.0.0', false],
] as const)
  loopback(`${address}: ${want}`, () => assert.is(isLoopbackAddress(address), want))
loopback.run()
