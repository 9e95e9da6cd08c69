/** Configuration of the `ebpf` receiver. */
import { z } from 'zod'
import { cgroup_path, proc_path, root_path } from '../../kernel/cgroups/roots.ts'
import { bytes, describeValue, duration } from '../../pipeline/config.ts'
import { resourceDetection } from '../../pipeline/resource-detection/config.ts'
import { exclude, from } from './exclusions/config.ts'
import { queueSize, trace } from './tracing/config.ts'

const KIB = 1024

/** A power of two within limits, inclusive. The kernel side masks with it. */
function powerOfTwo(min: number, max: number) {
  return z.number().refine(n => n >= min && n <= max && Number.isInteger(Math.log2(n)), {
    error: issue => `must be a power of two from ${min} to ${max}, got ${describeValue(issue.input)}`,
  })
}

const sampling = z.strictObject({
  interval: duration({ min: '1s', max: '1h' })
    .prefault('10s')
    .describe('With `latency: sampled`, how often calls are timed for a while'),
  window: duration({ min: '10ms', max: '1h' }).prefault('1s').describe('For how long they are timed then'),
})

const inFlight = z.strictObject({
  enabled: z.boolean().default(true).describe('False: calls in flight are not shown'),
  threshold: duration({ min: '100ms', max: '1h' })
    .prefault('10s')
    .describe('Calls that are in flight for longer are shown; only with `latency: exact`'),
})

/** To tools that speak YAML 1.1, such as Helm and kustomize, the word `off` is the boolean false. */
const fromYaml11 = (value: unknown) => (value === false ? 'off' : value)

export const config = z
  .strictObject({
    collection_interval: duration({ min: '100ms', max: '10m' })
      .prefault('10s')
      .describe('How often the counters are read and sent down the pipelines'),
    latency: z
      .preprocess(fromYaml11, z.enum(['exact', 'sampled', 'off']))
      .prefault('exact')
      .describe(
        '`exact` times every call; `sampled` times those of a share of the time, see `sampling`; `off` only counts, at half the cost. Counts are exact in all three',
      ),
    sampling: sampling.prefault({}),
    in_flight: inFlight
      .prefault({})
      .describe('`swoll.syscall.in_flight.*`: calls that have begun a while ago and have not ended'),
    table_sets: powerOfTwo(16, 65536)
      .default(512)
      .describe('Size of the counter cache of each CPU, in sets of 4 counters (832 bytes a set)'),
    ring_size: bytes()
      .refine(n => n >= 4 * KIB && n <= 64 * KIB * KIB && Number.isInteger(Math.log2(n)), {
        error: issue => `must be a power of two from "4KiB" to "64MiB", got ${describeValue(issue.input)}`,
      })
      .prefault('256KiB')
      .describe('Ring buffer of each CPU, through which counters leave a full cache'),
    inflight_slots: powerOfTwo(1024, 4_194_304)
      .default(16384)
      .describe(
        'Threads whose calls are timed the fast way (40 bytes each); more threads are timed as exactly, but slower',
      ),
    queue_size: queueSize('64MiB'),
    max_series: z
      .int()
      .min(1000)
      .default(200_000)
      .describe(
        'Series kept in memory; further ones are folded into one per container (`otel.metric.overflow`)',
      ),
    max_series_per_resource: z
      .int()
      .min(100)
      .default(10_000)
      .describe(
        'Series kept of one container or unit, so that a program that calls random numbers leaves room for others',
      ),
    from,
    exclude,
    root_path,
    proc_path,
    cgroup_path,
    resource_detection: resourceDetection
      .prefault({})
      .describe('Attributes of every resource, in all signals: which host, node and cluster it is of'),
    trace: trace.prefault({}).describe('What is traced, call by call, for logs and traces pipelines'),
  })
  .refine(c => c.sampling.window < c.sampling.interval, {
    error: 'must be shorter than sampling::interval',
    path: ['sampling', 'window'],
  })

export type EbpfConfig = z.output<typeof config>
