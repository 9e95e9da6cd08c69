import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config as file } from '../../../exporters/file/config.ts'
import { config as grpc } from '../../../exporters/otlp_grpc/config.ts'
import { config as http } from '../../../exporters/otlp_http/config.ts'
import { config as prometheus } from '../../../exporters/prometheus/config.ts'
import { toBoundExponents } from '../../../exporters/shared/classic-histograms.ts'

const bounds = suite('toBoundExponents')
for (const [lowest, highest, every, want] of [
  [0.001, 0.008, 1, [-20, -19, -18, -17, -16]],
  [500, 4000, 1, [-1, 0, 1, 2]],
  [500, 4000, 2, [-1, 1, 3]],
  [1000, 1000, 1, [0]],
  [1000, 1000, 5, [0]],
] as const)
  bounds(`covers ${lowest} ms to ${highest} ms in steps of ${every}`, () =>
    assert.equal(toBoundExponents({ enabled: true, lowest, highest, every }), want),
  )
bounds('has none where they are not enabled', () => {
  assert.equal(toBoundExponents({ enabled: false, lowest: 500, highest: 4000, every: 1 }), [])
})
bounds.run()

const key = suite('classic_histograms')
for (const [name, config, given] of [
  ['file', file, { path: '/a' }],
  ['otlp_grpc', grpc, { endpoint: 'a:4317' }],
  ['otlp_http', http, { endpoint: 'http://a' }],
  ['prometheus', prometheus, { endpoint: '127.0.0.1:9095' }],
] as const) {
  key(`is the same in ${name}`, () => {
    const usual = { enabled: false, lowest: 0.00025, highest: 16_000, every: 1 }
    assert.equal(config.parse(given).classic_histograms, usual)
  })
  key(`has an order of bounds in ${name}`, () => {
    const wrong = { ...given, classic_histograms: { lowest: '1s', highest: '1ms' } }
    assert.equal(
      config.safeParse(wrong).error?.issues.map(({ path, message }) => `${path.join('::')}: ${message}`),
      ['classic_histograms::highest: must not be below lowest'],
    )
  })
}
key.run()
