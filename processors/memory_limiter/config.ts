/** Configuration of the `memory_limiter` processor: the Collector's keys and defaults. */
import { z } from 'zod'
import { duration } from '../../pipeline/config.ts'
import { formatDuration } from '../../pipeline/duration.ts'

const MOST_MIB = 2 ** 32 - 1

const mib = () => z.int().min(0).max(MOST_MIB).default(0)
const percentage = () => z.int().min(0).max(100).default(0)

const fields = z.strictObject({
  check_interval: duration()
    .refine(ms => ms > 0, 'must be greater than zero, got 0s; "1s" is usual')
    .describe('How often memory is measured; must be set'),
  limit_mib: mib().describe('Hard limit of the memory of this process; 0: `limit_percentage` is the limit'),
  spike_limit_mib: mib().describe('The soft limit is so far below `limit_mib`; 0: a fifth of it'),
  limit_percentage: percentage().describe(
    'Hard limit, of what the cgroup of this process may use, or else of the memory of the machine',
  ),
  spike_limit_percentage: percentage().describe(
    'The soft limit is so far below `limit_percentage`; 0: a fifth of it',
  ),
  min_gc_interval_when_soft_limited: duration()
    .prefault('10s')
    .describe('Shortest time between two collections of garbage above the soft limit'),
  min_gc_interval_when_hard_limited: duration()
    .prefault('0s')
    .describe('The same above the hard limit; 0: at every check'),
  max_gc_interval_when_soft_limited: duration()
    .prefault('30s')
    .describe('While they free too little, the time between them doubles up to this; 0: it stays'),
  max_gc_interval_when_hard_limited: duration().prefault('30s').describe('The same above the hard limit'),
})

export type Config = z.output<typeof fields>
type Key = keyof Config

interface Fault {
  readonly key: Key
  readonly message: string
}

export const config = fields.superRefine((given, context) => {
  for (const { key, message } of [...limitFaults(given), ...intervalFaults(given)])
    context.addIssue({ code: 'custom', path: [key], message })
})

function limitFaults(given: Config): Fault[] {
  const faults: Fault[] = []
  const { limit_mib: mib, limit_percentage: percentage } = given
  if (mib === 0 && percentage === 0)
    faults.push({ key: 'limit_mib', message: 'must be greater than zero, or limit_percentage must, got 0' })
  const below = (spike: Key, limit: Key) => {
    if (given[limit] > 0 && given[spike] >= given[limit])
      faults.push({ key: spike, message: `must be below ${limit} (${given[limit]}), got ${given[spike]}` })
  }
  below('spike_limit_mib', 'limit_mib')
  below('spike_limit_percentage', 'limit_percentage')
  return faults
}

function intervalFaults(given: Config): Fault[] {
  const faults: Fault[] = []
  const atLeast = (key: Key, other: Key, isAsked = true) => {
    if (!isAsked || given[key] >= given[other]) return
    const [most, got] = [formatDuration(given[other]), formatDuration(given[key])]
    faults.push({ key, message: `must be at least ${other} (${most}), got ${got}` })
  }
  const { max_gc_interval_when_soft_limited: soft, max_gc_interval_when_hard_limited: hard } = given
  atLeast('min_gc_interval_when_soft_limited', 'min_gc_interval_when_hard_limited')
  atLeast('max_gc_interval_when_soft_limited', 'min_gc_interval_when_soft_limited', soft > 0)
  atLeast('max_gc_interval_when_hard_limited', 'min_gc_interval_when_hard_limited', hard > 0)
  atLeast('max_gc_interval_when_soft_limited', 'max_gc_interval_when_hard_limited', soft > 0 && hard > 0)
  return faults
}
