import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LossReader } from '../../../trace/session/losses.ts'
import { FakeTracing } from './fake-tracing.ts'

const s = suite('LossReader')
s('says nothing when nothing was lost', () => assert.equal(new LossReader(new FakeTracing()).read(), []))
s('says once whose events were lost, why and how many', () => {
  const tracing = new FakeTracing()
  const reader = new LossReader(tracing)
  tracing.lose(3n, 2, 'ring_full', 5)
  tracing.lose(1n, 0, 'rate_limited', 7)
  assert.equal(reader.read(), [
    { jobs: 3n, owner: 2, reason: 'ring_full', events: 5 },
    { jobs: 1n, owner: 0, reason: 'rate_limited', events: 7 },
  ])
  assert.equal(reader.read(), [])
  tracing.lose(3n, 2, 'ring_full', 1)
  assert.equal(reader.read(), [{ jobs: 3n, owner: 2, reason: 'ring_full', events: 1 }])
})
s('gives everybody what the kernel side could not tell apart', () => {
  const tracing = new FakeTracing()
  tracing.lose(1n, 1, 'ring_full', 5)
  tracing.lostTotals[0] = 8n
  assert.equal(new LossReader(tracing).read(), [
    { jobs: 1n, owner: 1, reason: 'ring_full', events: 5 },
    { jobs: 0xffff_ffff_ffff_ffffn, owner: 0, reason: 'ring_full', events: 3 },
  ])
})
s('counts nothing twice when an entry is ahead of its sum', () => {
  const tracing = new FakeTracing()
  const reader = new LossReader(tracing)
  tracing.lose(1n, 1, 'ring_full', 5)
  tracing.lostTotals[0] = 3n
  assert.equal(reader.read(), [{ jobs: 1n, owner: 1, reason: 'ring_full', events: 5 }])
  tracing.lostTotals[0] = 5n
  assert.equal(reader.read(), [])
})
s.run()
