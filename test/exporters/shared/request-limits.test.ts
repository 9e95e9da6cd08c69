import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pushQueue } from '../../../exporters/shared/push-config.ts'
import { requestBatch, requestLimits } from '../../../exporters/shared/request-limits.ts'

const MIB3 = 3 * 2 ** 20
const NONE = Number.POSITIVE_INFINITY

/** Per block: the least that is sent without waiting, and the limits of a request. */
const cases: readonly (readonly [batch: object, minSize: number, items: number, bytes: number])[] = [
  [{}, 8192, 8192, MIB3],
  [{ max_size: 1000 }, 1000, 1000, MIB3],
  [{ max_size: 0 }, 8192, NONE, MIB3],
  [{ max_size: 10_000 }, 8192, 10_000, MIB3],
  [{ min_size: 20_000 }, 20_000, 20_000, MIB3],
  [{ min_size: 0 }, 0, 8192, MIB3],
  [{ sizer: 'bytes' }, 8192, NONE, MIB3],
  [{ sizer: 'bytes', max_size: 1000 }, 1000, NONE, 1000],
  [{ sizer: 'bytes', min_size: 2 ** 20, max_size: 5 * 2 ** 20 }, 2 ** 20, NONE, MIB3],
]

const limits = suite('sending_queue::batch')
for (const [given, minSize, items, bytes] of cases)
  limits(`has the sizes of ${JSON.stringify(given)}`, () => {
    const queue = pushQueue().parse({ batch: given })
    assert.is(requestBatch(queue)!.minSize, minSize)
    assert.equal(requestLimits(queue), { items, bytes })
  })
limits('that is absent makes nothing wait, and requests of at most 8192 items', () => {
  const queue = pushQueue().parse({})
  assert.is(requestBatch(queue), undefined)
  assert.equal(requestLimits(queue), { items: 8192, bytes: MIB3 })
})

const refused: readonly (readonly [queue: object, path: string, message: RegExp])[] = [
  [
    { batch: { min_size: 10, max_size: 9 } },
    'batch.max_size',
    /^must not be below min_size \(10\), got 9; 0 means no limit$/,
  ],
  [
    { sizer: 'items', queue_size: 5, batch: { min_size: 6 } },
    'batch.min_size',
    /^must not be above queue_size \(5 items\), got 6$/,
  ],
  [
    { sizer: 'items', batch: {} },
    'batch.min_size',
    /^must not be above queue_size \(1000 items\), got 8192$/,
  ],
  [{ batch: { flush_timeout: '0s' } }, 'batch.flush_timeout', /./],
  [{ batch: { min_size: -1 } }, 'batch.min_size', /./],
  [{ batch: { sizer: 'requests' } }, 'batch.sizer', /./],
  [{ batch: { partition: { metadata_keys: ['tenant'] } } }, 'batch.partition.metadata_keys', /must be empty/],
]
for (const [given, path, message] of refused)
  limits(`refuses ${JSON.stringify(given)}`, () => {
    const issues = pushQueue().safeParse(given).error!.issues
    assert.equal(
      issues.map(issue => issue.path.join('.')),
      [path],
    )
    assert.match(issues[0]!.message, message)
  })
limits('has the sizer of the queue, or items', () => {
  const sizerOf = (queue: object) => requestBatch(pushQueue().parse({ queue_size: 1e6, ...queue }))!.sizer
  assert.is(sizerOf({ batch: {} }), 'items')
  assert.is(sizerOf({ sizer: 'bytes', batch: {} }), 'bytes')
  assert.is(sizerOf({ sizer: 'bytes', batch: { sizer: 'items' } }), 'items')
})
limits('with min_size of another sizer than that of the queue is not compared with it', () => {
  pushQueue().parse({ sizer: 'bytes', queue_size: 10, batch: { sizer: 'items', min_size: 6000 } })
})
limits.run()
