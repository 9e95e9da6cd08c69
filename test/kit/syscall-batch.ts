import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { seeded } from './random.ts'

/**
 * A batch such as the ebpf receiver sends, of any size: `series` rows over one container per 500 rows, with calls, time
 * and duration; few series busy, most quiet. The same for the same arguments.
 */
export function syscallBatch(series: number, seed = 1): MetricsBatch {
  const random = seeded(seed)
  const upTo = (n: number) => Math.floor(random() * n)
  const containers = Math.max(1, Math.ceil(series / 500))
  const resource = Uint32Array.from({ length: series }, (_, row) => Math.floor((row * containers) / series))
  const first = new Uint32Array(series + 1)
  const indexes: number[] = []
  const counts: bigint[] = []
  const calls = new BigUint64Array(series)
  const sum = new Float64Array(series)
  for (let row = 0; row < series; row++) {
    let left = Math.max(1, Math.floor(Math.exp(random() * random() * 14)))
    calls[row] = BigInt(left)
    for (let index = -24 + upTo(10); left > 0; index++) {
      const count = left < 3 ? left : Math.ceil(left * random())
      indexes.push(index)
      counts.push(BigInt(count))
      sum[row]! += count * 2 ** index * (1 + random())
      left -= count
    }
    first[row + 1] = indexes.length
  }
  const base = { description: '', temporality: 'cumulative' } as const
  const perContainer = Math.ceil(series / containers)
  return {
    resources: Array.from({ length: containers }, (_, i) => toResource(i)),
    tables: [
      {
        scope: { name: 'swoll/receiver/ebpf', version: '0.0.0' },
        rows: series,
        resource,
        attributes: [
          {
            key: 'syscall.name',
            values: Array.from({ length: perContainer }, (_, i) => `call_${i}`),
            codes: Uint16Array.from({ length: series }, (_, row) => row % perContainer),
          },
          {
            key: 'error.type',
            values: [undefined, 'ENOENT', 'EAGAIN', 'EINTR'],
            codes: Uint8Array.from({ length: series }, () => (random() < 0.7 ? 0 : upTo(4))),
          },
        ],
        startTimeUnixNano: BigUint64Array.from(
          resource,
          i => 1_790_000_000_000_000_000n + BigInt(i) * 1_000_000_007n,
        ),
        timeUnixNano: 1_790_000_600_123_456_789n,
        metrics: [
          {
            ...base,
            type: 'sum',
            name: 'swoll.syscall.calls',
            unit: '{call}',
            monotonic: true,
            values: calls,
          },
          {
            ...base,
            type: 'sum',
            name: 'swoll.syscall.time',
            unit: 'ns',
            monotonic: true,
            values: BigUint64Array.from(sum, s => BigInt(Math.round(s * 1e9))),
          },
          {
            ...base,
            type: 'exponential_histogram',
            name: 'swoll.syscall.duration',
            unit: 's',
            scale: 0,
            zeroThreshold: 0,
            sum,
            first,
            bucketIndex: Int16Array.from(indexes),
            bucketCounts: BigUint64Array.from(counts),
          },
        ],
      },
    ],
  }
}

function toResource(i: number) {
  return {
    id: `container-${i}`,
    attributes: {
      'container.id': (i * 2_654_435_761).toString(16).padStart(64, '5eed'),
      'k8s.pod.uid': `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
      'container.runtime.name': 'containerd',
    },
  }
}
