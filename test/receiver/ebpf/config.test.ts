/** Configurations that the `ebpf` receiver accepts or refuses, and its messages. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as layout from '../../../native/generated/layout.ts'
import { config } from '../../../receiver/ebpf/config.ts'

const MIB = 1024 * 1024

const defaults = suite('defaults')
defaults('time every call and collect every 10 s', () => {
  assert.equal(config.parse({}), {
    collection_interval: 10_000,
    latency: 'exact',
    sampling: { interval: 10_000, window: 1000 },
    in_flight: { enabled: true, threshold: 10_000 },
    table_sets: 512,
    ring_size: MIB / 4,
    inflight_slots: 16_384,
    queue_size: 64 * MIB,
    max_series: 200_000,
    max_series_per_resource: 10_000,
    from: 'all',
    exclude: [],
    root_path: '/',
    resource_detection: { enabled: true, detectors: ['env', 'host', 'k8s_node'], attributes: {} },
    trace: {
      syscalls: ['execve', 'execveat'],
      from: 'containers',
      containers: [],
      units: [],
      errors: [],
      min_latency: 0,
      sample: 1,
      rate_limit: 10_000,
      string_limit: 256,
      payload_limit: 0,
      descriptors: true,
      environments: false,
      ring_size: MIB,
      queue_size: 12 * MIB,
    },
  })
})
/** 416 KiB of counters (2,048), 256 KiB of ring, 24 KiB of spilled calls, and half of 16,384 in-flight slots, 640 KiB in all. */
defaults('stay at 1 MiB of kernel memory per CPU on two CPUs, as promised', () => {
  const { table_sets, ring_size, inflight_slots } = config.parse({})
  const spilled = layout.ABIS * layout.SPILLED_NUMBERS * layout.spilledLayout.size
  const perCpu =
    table_sets * layout.setLayout.size +
    ring_size +
    spilled +
    (inflight_slots * layout.inflightLayout.size) / 2
  assert.ok(perCpu <= MIB, `${perCpu} bytes`)
})
defaults.run()

const accepted = suite('accepts')
for (const [key, values] of Object.entries({
  collection_interval: ['100ms', '10m'],
  latency: ['exact', 'sampled', 'off'],
  table_sets: [16, 512, 65_536],
  ring_size: ['4KiB', '64MiB'],
  inflight_slots: [1024, 4_194_304],
  queue_size: ['1MiB', '2GiB'],
  max_series: [1000, 1_000_000],
  max_series_per_resource: [100, 1_000_000],
}))
  for (const value of values)
    accepted(`${key}: ${value}`, () => {
      assert.ok(config.safeParse({ [key]: value }).success)
    })
accepted('latency: false, as tools of YAML 1.1 hand over the word off', () => {
  assert.is(config.parse({ latency: false }).latency, 'off')
  assert.not.ok(config.safeParse({ latency: true }).success)
})
accepted('a window just shorter than the interval', () => {
  const { sampling } = config.parse({ sampling: { interval: '2s', window: '1999ms' } })
  assert.equal(sampling, { interval: 2000, window: 1999 })
})
accepted.run()

const refused = suite('refuses')
const rows: readonly (readonly [name: string, written: object, path: string, message: string | RegExp])[] = [
  [
    'sets that are no power of two',
    { table_sets: 500 },
    'table_sets',
    'must be a power of two from 16 to 65536, got 500 (number)',
  ],
  ['too few sets', { table_sets: 8 }, 'table_sets', /from 16 to 65536, got 8/],
  ['too many sets', { table_sets: 131_072 }, 'table_sets', /from 16 to 65536, got 131072/],
  [
    'a ring that is no power of two',
    { ring_size: '300KiB' },
    'ring_size',
    /^must be a power of two from "4KiB" to "64MiB", got /,
  ],
  ['a ring below a page', { ring_size: '2KiB' }, 'ring_size', /from "4KiB" to "64MiB"/],
  ['a ring that is too large', { ring_size: '128MiB' }, 'ring_size', /from "4KiB" to "64MiB"/],
  ['too few slots', { inflight_slots: 512 }, 'inflight_slots', /from 1024 to 4194304, got 512/],
  ['a small queue', { queue_size: '1000KiB' }, 'queue_size', 'must be at least "1MiB"'],
  ['too few series', { max_series: 999 }, 'max_series', /1000/],
  ['a share of a series', { max_series: 1000.5 }, 'max_series', /./],
  ['too few series of a resource', { max_series_per_resource: 99 }, 'max_series_per_resource', /100/],
  ['another latency mode', { latency: 'on' }, 'latency', /exact.*sampled.*off/],
  ['a fast collection', { collection_interval: '99ms' }, 'collection_interval', /100ms/],
  ['a slow collection', { collection_interval: '11m' }, 'collection_interval', /10m/],
  [
    'a window as long as the interval',
    { sampling: { interval: '5s', window: '5s' } },
    'sampling.window',
    'must be shorter than sampling::interval',
  ],
  ['a short window', { sampling: { window: '1ms' } }, 'sampling.window', /10ms/],
  [
    'a trace of no call',
    { trace: { syscalls: ['!all'] } },
    'trace.syscalls',
    'must leave a system call to look at, and its words with ! take all of them away',
  ],
  [
    'a unit that cannot be',
    { trace: { units: ['/'] } },
    'trace.units.0',
    /^must be a systemd unit .*, got "\/"/,
  ],
  [
    'a container by its name',
    { trace: { containers: ['nginx'] } },
    'trace.containers.0',
    /^must be the first 8 digits .* pods::containers, got "nginx" \(string\)$/,
  ],
  ['a sample beyond 32 bits', { trace: { sample: 2 ** 32 } }, 'trace.sample', /4294967295/],
  ['a string beyond a chunk', { trace: { string_limit: 4096 } }, 'trace.string_limit', /from 1 to 4095/],
  ['a payload beyond a chunk', { trace: { payload_limit: 4096 } }, 'trace.payload_limit', /at most 4095/],
  ['too high a rate', { trace: { rate_limit: 1e9 + 1 } }, 'trace.rate_limit', /1000000000/],
  ['a key it does not know', { tabel_sets: 512 }, '', /tabel_sets/],
  ['an inner key it does not know', { sampling: { every: '1s' } }, 'sampling', /every/],
]
for (const [name, written, path, message] of rows)
  refused(name, () => {
    const issues = config.safeParse(written).error?.issues ?? []
    assert.is(issues.length, 1)
    assert.is(issues[0]!.path.join('.'), path)
    if (typeof message === 'string') assert.is(issues[0]!.message, message)
    else assert.match(issues[0]!.message, message)
  })
refused.run()
