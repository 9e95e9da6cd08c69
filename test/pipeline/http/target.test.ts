import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeTarget, normalizePath } from '../../../pipeline/http/target.ts'

const paths = suite('normalizePath')
for (const [path, want] of [
  ['/metrics', '/metrics'],
  ['/%6detrics', '/metrics'],
  ['/%6Detrics', '/metrics'],
  ['//metrics', '/metrics'],
  ['///a//b/', '/a/b/'],
  ['/./metrics', '/metrics'],
  ['/x/../metrics', '/metrics'],
  ['/%2e%2e/metrics', '/metrics'],
  ['/\\metrics', '/metrics'],
  ['/a%2Fb', '/a%2Fb'],
  ['/a"b', '/a"b'],
  ['/', '/'],
  ['/%', undefined],
  ['/%ff', undefined],
  ['metrics', undefined],
  ['', undefined],
] as const)
  paths(`${path || 'nothing'} is ${want}`, () => assert.is(normalizePath(path), want))
paths.run()

const targets = suite('decodeTarget')
for (const [url, authority, path, query] of [
  ['/metrics', undefined, '/metrics', ''],
  ['/metrics?a=b?c', undefined, '/metrics', 'a=b?c'],
  ['http://h:1/metrics?x', 'h:1', '/metrics', 'x'],
  ['HTTPS://h//metrics', 'h', '/metrics', ''],
  ['http://h', 'h', '/', ''],
  ['http://h?x', 'h', '/', 'x'],
  ['http:///metrics', '', '/metrics', ''],
  ['*', undefined, '*', ''],
] as const)
  targets(url, () => assert.equal(decodeTarget(url), { authority, path, query }))
for (const url of ['', 'h:1', 'http://h/%', 'http://h/%zz?', 'ftp://h/metrics'])
  targets(`${url || 'nothing'} is none`, () => assert.is(decodeTarget(url), undefined))
targets.run()
