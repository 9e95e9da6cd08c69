import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../exporters/otlp_http/config.ts'

const s = suite('configuration of otlp_http')
const problems = (given: object) =>
  config.safeParse(given).error?.issues.map(({ path, message }) => `${path.join('::')}: ${message}`) ?? []

s('has the defaults of the Collector', () => {
  const given = config.parse({ endpoint: 'http://collector:4318' })
  assert.equal([given.encoding, given.compression, given.timeout], ['proto', 'gzip', 30_000])
  assert.equal([given.idle_conn_timeout, given.max_conns_per_host], [90_000, 0])
})
s('takes what the Collector takes', () => {
  for (const given of [
    { endpoint: 'https://a.example.org/otlp' },
    { traces_endpoint: 'http://[::1]:4318/v1/traces' },
    { endpoint: 'http://a', compression: 'zstd', compression_params: { level: 11 } },
    { endpoint: 'http://a', proxy_url: 'http://user:secret@proxy:3128' },
    { endpoint: 'http://a', timeout: '0s' },
  ])
    assert.equal(problems(given), [], JSON.stringify(given))
})
s('says what is wrong', () => {
  const url = 'must be a URL that begins with http:// or https://, without user and fragment'
  for (const [given, want] of [
    [{}, ['endpoint: must be set, or one of traces_endpoint, metrics_endpoint and logs_endpoint']],
    [{ endpoint: 'collector:4318' }, [`endpoint: ${url}`]],
    [{ endpoint: 'http://user:pw@a' }, [`endpoint: ${url}`]],
    [{ endpoint: 'http://:pw@a' }, [`endpoint: ${url}`]],
    [
      { endpoint: 'http://a', compression_params: { level: 10 } },
      ['compression_params::level: must be -1, or 1 to 9 for gzip, got 10'],
    ],
    [{ endpoint: 'http://a', headers: { a: 'b\nc' } }, ['headers::a: must be printable ASCII']],
  ] as const)
    assert.equal(problems(given), want, JSON.stringify(given))
})
s('does not print the user of a proxy', () => {
  const given = config.parse({ endpoint: 'http://a', proxy_url: 'http://user:secret@proxy' })
  assert.not.match(JSON.stringify(given), 'secret')
})
s.run()
