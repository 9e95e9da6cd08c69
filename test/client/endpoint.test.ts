import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeEndpoint, formatEndpoint } from '../../client/endpoint.ts'
import { failureOf } from '../kit/rejects.ts'

const s = suite('decodeEndpoint')
for (const [text, hostname, port, isTls, pathPrefix] of [
  ['node-a', 'node-a', 9095, false, ''],
  ['node-a:1', 'node-a', 1, false, ''],
  ['10.0.0.1:65535', '10.0.0.1', 65_535, false, ''],
  ['::1', '::1', 9095, false, ''],
  ['fe80::1%eth0', 'fe80::1%eth0', 9095, false, ''],
  ['[::1]', '::1', 9095, false, ''],
  ['[2001:db8::7]:9096', '2001:db8::7', 9096, false, ''],
  ['https://node-a', 'node-a', 9095, true, ''],
  ['https://node-a:443/', 'node-a', 443, true, ''],
  ['http://[::1]:80/a/b//', '::1', 80, false, '/a/b'],
] as const)
  s(text, () => assert.equal(decodeEndpoint(text), { hostname, port, isTls, pathPrefix }))
s('has TLS as asked where no scheme says it', () => {
  assert.is(decodeEndpoint('node-a', true).isTls, true)
  assert.is(decodeEndpoint('http://node-a', true).isTls, false)
})
for (const text of [
  '',
  ':9095',
  'a:',
  'a:0',
  'a:65536',
  'a:x',
  'a b',
  '[::1',
  '[node-a]:1',
  '[]:1',
  '::1:19095',
  'node-a/jobs',
  'https://',
  'https://a/?q',
  'ftp://a',
  'a\n:1',
])
  s(`refuses ${JSON.stringify(text)}`, () => {
    assert.is(failureOf(() => decodeEndpoint(text)).code, 'USAGE_INVALID')
  })
s.run()

const format = suite('formatEndpoint')
for (const text of ['node-a:9095', '[::1]:80'])
  format(text, () => assert.is(formatEndpoint(decodeEndpoint(text)), text))
format.run()
