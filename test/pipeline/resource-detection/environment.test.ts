import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readEnvironment } from '../../../pipeline/resource-detection/environment.ts'

const s = suite('readEnvironment')
for (const [what, text, want] of [
  ['nothing', undefined, {}],
  ['an empty text', '', {}],
  ['pairs', 'team=shop,tier=1', { team: 'shop', tier: '1' }],
  ['space around keys and values', ' team = shop ,\ttier=1 ', { team: 'shop', tier: '1' }],
  ['percent-encoding of both', 'a%2Cb=c%3Dd%25%20e,city=K%C3%B6ln', { 'a,b': 'c=d% e', city: 'Köln' }],
  ['a plus, which is no space', 'a=b+c', { a: 'b+c' }],
  ['an equals sign in a value, as other SDKs', 'token=YQ==', { token: 'YQ==' }],
  ['commas too many', ',team=shop,,', { team: 'shop' }],
  ['a key twice: the last counts', 'a=1,a=2', { a: '2' }],
  ['an empty value, which is none', 'a=,b=1', { b: '1' }],
] as const)
  s(`takes ${what}`, () => {
    assert.equal(readEnvironment({ OTEL_RESOURCE_ATTRIBUTES: text }), { attributes: want })
  })
for (const [what, text, shown] of [
  ['a pair without a value', 'team=shop,tier', '"tier"'],
  ['a value without a key', '=shop', '"=shop"'],
  ['what is not percent-encoded', 'team=100%', '"team=100%"'],
  ['bytes that are not UTF-8', 'team=%FF', '"team=%FF"'],
] as const)
  s(`discards all for ${what}, and says so`, () => {
    const { attributes, problem } = readEnvironment({
      OTEL_RESOURCE_ATTRIBUTES: text,
      OTEL_SERVICE_NAME: 'agent',
    })
    assert.equal(attributes, { 'service.name': 'agent' })
    assert.is(
      problem,
      `OTEL_RESOURCE_ATTRIBUTES: must be pairs such as team=shop,region=eu%2C%20west, percent-encoded, got ${shown}; nothing of it is used`,
    )
  })
s('prefers OTEL_SERVICE_NAME', () => {
  const env = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,team=shop', OTEL_SERVICE_NAME: 'b' }
  assert.equal(readEnvironment(env).attributes, { 'service.name': 'b', team: 'shop' })
})
s.run()
