import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hostsOfParts } from '../../pipeline/host-parts.ts'
import { recordingHost } from '../kit/context.ts'

const parts = suite('hostsOfParts')
parts('tells the worst of what the parts are, and each recovers for itself alone', () => {
  const host = recordingHost()
  const [first, second] = hostsOfParts(host, 2) as [typeof host, typeof host]
  const [slow, broken] = [new Error('slow'), new Error('broken')]
  first.report('ok')
  second.report('recoverable', slow)
  first.report('ok')
  first.report('recoverable', broken)
  second.report('ok')
  first.report('ok')
  second.report('fatal', broken)
  first.report('recoverable', slow)
  assert.equal(
    host.reports.map(({ status, cause }) => [status, cause?.message]),
    [
      ['ok', undefined],
      ['recoverable', 'slow'],
      ['recoverable', 'slow'],
      ['recoverable', 'broken'],
      ['recoverable', 'broken'],
      ['ok', undefined],
      ['fatal', 'broken'],
      ['fatal', 'broken'],
    ],
  )
})
parts('retain for all of them', () => {
  const host = recordingHost()
  for (const part of hostsOfParts(host, 2)) part.retain(['CAP_BPF'], 'why')
  assert.is(host.retained.length, 2)
})
parts.run()
