/** Batches like those of a busy node, for the benches of the processors. */
import type { AttributeColumn, MetricsBatch, MetricTable } from '../../pipeline/data/metrics.ts'

const NAMES = 125
const ERRORS = ['ENOENT', 'EAGAIN', 'EINTR']
const BUCKETS = 8

interface NodeOptions {
  readonly rows: number
  /** Rows of one container. */
  readonly rowsPerResource: number
  /** Collections since the start: values grow with it. */
  readonly step: number
  /** Share of the rows that have moved since the step before, 0 to 1. */
  readonly moving: number
}

/** `rows` series with calls, time and latency each, told apart by container, call, errno and ABI. */
export function nodeBatch({ rows, rowsPerResource, step, moving }: NodeOptions): MetricsBatch {
  const resources = Array.from({ length: Math.ceil(rows / rowsPerResource) }, (_, i) => ({
    id: `container-${i}`,
    attributes: { 'container.id': `${i}`.padStart(64, '0') },
  }))
  const worth = (row: number) => BigInt(row % 100 < moving * 100 ? step + 1 : 1)
  const base = { description: '', temporality: 'cumulative' } as const
  const table: MetricTable = {
    scope: { name: 'swoll/receiver/ebpf', version: '0' },
    rows,
    resource: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / rowsPerResource)),
    attributes: nodeColumns(rows),
    startTimeUnixNano: new BigUint64Array(rows).fill(1n),
    timeUnixNano: BigInt(step + 1) * 10_000_000_000n,
    metrics: [
      {
        ...base,
        name: 'swoll.syscall.calls',
        unit: '{call}',
        type: 'sum',
        monotonic: true,
        values: BigUint64Array.from({ length: rows }, (_, row) => worth(row) * BigInt(BUCKETS)),
      },
      {
        ...base,
        name: 'swoll.syscall.time',
        unit: 'ns',
        type: 'sum',
        monotonic: true,
        values: BigUint64Array.from({ length: rows }, (_, row) => worth(row) * 1000n),
      },
      {
        ...base,
        name: 'swoll.syscall.duration',
        unit: 's',
        type: 'exponential_histogram',
        scale: 0,
        zeroThreshold: 0,
        sum: Float64Array.from({ length: rows }, (_, row) => Number(worth(row)) * 1e-6),
        first: Uint32Array.from({ length: rows + 1 }, (_, row) => row * BUCKETS),
        bucketIndex: Int16Array.from({ length: rows * BUCKETS }, (_, i) => (i % BUCKETS) - 24),
        bucketCounts: BigUint64Array.from({ length: rows * BUCKETS }, (_, i) =>
          worth(Math.floor(i / BUCKETS)),
        ),
      },
    ],
  }
  return { resources, tables: [table] }
}

function nodeColumns(rows: number): AttributeColumn[] {
  const codes = (of: (row: number) => number) => Uint16Array.from({ length: rows }, (_, row) => of(row))
  return [
    {
      key: 'syscall.name',
      values: Array.from({ length: NAMES }, (_, i) => `call_${i}`),
      codes: codes(row => row % NAMES),
    },
    {
      key: 'error.type',
      values: [undefined, ...ERRORS],
      codes: codes(row => Math.floor(row / NAMES) % (ERRORS.length + 1)),
    },
    { key: 'syscall.abi', values: [undefined, 'i386'], codes: codes(row => Math.floor(row / NAMES / 4) % 2) },
  ]
}

const LEAST_MS = 400

/**
 * CPU time of the main thread per call of `run`, in milliseconds: the mean over 0.4 s of it, after three calls that do not
 * count. Not wall time, which other processes spoil; not a median, since the kernel may count CPU time in ticks of 4 ms.
 */
export function meanMs(run: (round: number) => void): number {
  let round = 0
  while (round < 3) run(round++)
  const start = process.threadCpuUsage()
  let ms = 0
  while (ms < LEAST_MS) {
    run(round++)
    const { user, system } = process.threadCpuUsage(start)
    ms = (user + system) / 1000
  }
  return ms / (round - 3)
}
