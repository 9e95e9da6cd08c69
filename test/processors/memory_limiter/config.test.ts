import { totalmem } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { config } from '../../../processors/memory_limiter/config.ts'
import { toLimits } from '../../../processors/memory_limiter/limits.ts'

const MIB = 2 ** 20
const faultsOf = (given: object) =>
  (config.safeParse(given).error?.issues ?? []).map(({ path, message }) => `${path.join('::')}: ${message}`)

const wrong = suite('a wrong configuration')
const ROWS: readonly (readonly [given: object, ...faults: string[]])[] = [
  [{ limit_mib: 100 }, 'check_interval: must be set'],
  [{ check_interval: 0, limit_mib: 100 }, 'check_interval: must be greater than zero, got 0s; "1s" is usual'],
  [{ check_interval: '1s' }, 'limit_mib: must be greater than zero, or limit_percentage must, got 0'],
  [
    { check_interval: '1s', limit_mib: 100, spike_limit_mib: 100 },
    'spike_limit_mib: must be below limit_mib (100), got 100',
  ],
  [
    { check_interval: '1s', limit_percentage: 20, spike_limit_percentage: 30 },
    'spike_limit_percentage: must be below limit_percentage (20), got 30',
  ],
  [
    { check_interval: '1s', limit_mib: 1, min_gc_interval_when_hard_limited: '11s' },
    'min_gc_interval_when_soft_limited: must be at least min_gc_interval_when_hard_limited (11s), got 10s',
  ],
  [
    { check_interval: '1s', limit_mib: 1, max_gc_interval_when_soft_limited: '5s' },
    'max_gc_interval_when_soft_limited: must be at least min_gc_interval_when_soft_limited (10s), got 5s',
    'max_gc_interval_when_soft_limited: must be at least max_gc_interval_when_hard_limited (30s), got 5s',
  ],
]
for (const [given, ...faults] of ROWS)
  wrong(JSON.stringify(given), () => assert.equal(faultsOf(given), faults))
wrong('has percentages up to 100 and whole numbers only', () => {
  for (const limit of [{ limit_percentage: 101 }, { limit_mib: 1.5 }, { limit_mib: -1 }])
    assert.is(faultsOf({ check_interval: '1s', ...limit }).length, 1, JSON.stringify(limit))
})
wrong('is none without bounds for the time between collections', () =>
  assert.equal(
    faultsOf({
      check_interval: '1s',
      limit_mib: 1,
      max_gc_interval_when_soft_limited: 0,
      max_gc_interval_when_hard_limited: '1h',
    }),
    [],
  ),
)
wrong.run()

const limits = suite('toLimits')
const of = (given: object, total?: number) => {
  const found = total === undefined ? undefined : { cgroup: '/sys/fs/cgroup/a', bytes: total }
  const { softBytes, hardBytes } = toLimits(config.parse({ check_interval: '1s', ...given }), () => found)
  return [softBytes, hardBytes]
}
limits('takes a fifth of the limit for the spike, unless it is given', () => {
  assert.equal(of({ limit_mib: 100 }), [80 * MIB, 100 * MIB])
  assert.equal(of({ limit_mib: 100, spike_limit_mib: 5 }), [95 * MIB, 100 * MIB])
  assert.equal(of({ limit_percentage: 50 }, 1000), [400, 500])
  assert.equal(of({ limit_percentage: 50, spike_limit_percentage: 20 }, 1000), [300, 500])
})
limits('takes the MiB where both are given, as the Collector does', () =>
  assert.equal(of({ limit_mib: 100, limit_percentage: 50 }, 1000), [80 * MIB, 100 * MIB]),
)
limits('takes the memory of the machine where the cgroup has no limit', () =>
  assert.is(of({ limit_percentage: 100 })[1], totalmem()),
)
limits.run()
