import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { proxyOf } from '../../pipeline/proxy.ts'

const BOTH = { HTTP_PROXY: 'http://proxy:1', HTTPS_PROXY: 'http://proxy:2' }
const s = suite('the proxy of the environment')
for (const [address, env, want] of [
  ['http://a.example', BOTH, 'http://proxy:1'],
  ['https://a.example', BOTH, 'http://proxy:2'],
  ['https://10.1.2.3:4318', { HTTP_PROXY: 'http://proxy:1' }, undefined],
  ['http://a.example', { http_proxy: 'proxy:1' }, 'http://proxy:1'],
  ['http://a.example', { HTTP_PROXY: '', http_proxy: '' }, undefined],
  ['http://localhost:1', BOTH, undefined],
  ['http://127.0.0.2:9', BOTH, undefined],
  ['http://[::1]:9', BOTH, undefined],
  ['http://10.1.2.3:4318', { ...BOTH, NO_PROXY: '10.0.0.0/8' }, undefined],
  ['http://11.1.2.3:4318', { ...BOTH, NO_PROXY: '10.0.0.0/8' }, 'http://proxy:1'],
  ['http://[fd00::7]', { ...BOTH, NO_PROXY: 'fd00::/8' }, undefined],
  ['http://[fd00::7]', { ...BOTH, NO_PROXY: '10.0.0.0/8' }, 'http://proxy:1'],
  ['http://otel.obs.svc:4318', { ...BOTH, NO_PROXY: 'x, .svc' }, undefined],
  ['http://svc:4318', { ...BOTH, NO_PROXY: '.svc' }, 'http://proxy:1'],
  ['http://a.example.org', { ...BOTH, NO_PROXY: 'example.org' }, undefined],
  ['http://EXAMPLE.org', { ...BOTH, no_proxy: 'Example.ORG' }, undefined],
  ['http://notexample.org', { ...BOTH, NO_PROXY: 'example.org' }, 'http://proxy:1'],
  ['http://a:4318', { ...BOTH, NO_PROXY: 'a:4318' }, undefined],
  ['http://a:4317', { ...BOTH, NO_PROXY: 'a:4318' }, 'http://proxy:1'],
  ['http://10.1.2.3', { ...BOTH, NO_PROXY: '10.1.2.3' }, undefined],
  ['http://[fd00::7]:1', { ...BOTH, NO_PROXY: 'fd00::7' }, undefined],
  ['http://a', { ...BOTH, NO_PROXY: '*' }, undefined],
  ['http://10.1.2.3', { ...BOTH, NO_PROXY: '10.1/8,no/range,' }, 'http://proxy:1'],
  ['http://a.example', { ...BOTH, no_proxy: '', NO_PROXY: 'a.example' }, undefined],
] as const)
  s(`of ${address} with ${JSON.stringify(env)} is ${want}`, () => {
    assert.is(proxyOf(address, env), want)
  })
s.run()
