/** Events of system calls as a tracer of a busy node makes them: for benches, and for tests that need many. */
import type { EventAttribute } from '../../pipeline/data/columns.ts'
import { INFO, type LogsBatch } from '../../pipeline/data/logs.ts'
import type { Resource } from '../../pipeline/data/resource.ts'
import { TextBuilder } from '../../pipeline/data/text-builder.ts'
import type { TracesBatch } from '../../pipeline/data/traces.ts'
import { seeded } from './random.ts'

const CONTAINERS = 50
const PROCESSES = 200
const CALLS = ['openat', 'newfstatat', 'readlinkat', 'unlinkat', 'mkdirat', 'faccessat'] as const
const ERRORS = [undefined, 'ENOENT', 'EACCES', 'EEXIST'] as const
const START_NS = 1_790_000_000_000_000_000n

/** The rows of one table: 12 attributes, of which 8 are dictionary-coded, 2 integers and 2 texts; a body of about 60 bytes. */
function makeRows(rows: number) {
  const random = seeded(7)
  const upTo = (n: number) => Math.floor(random() * n)
  const [calls, errors, processes, outcomes] = [0, 1, 2, 3].map(() => new Uint8Array(rows))
  const [durations, results] = [new BigInt64Array(rows), new BigInt64Array(rows)]
  const [paths, args, body] = [new TextBuilder(rows), new TextBuilder(rows), new TextBuilder(rows)]
  for (let row = 0; row < rows; row++) {
    const call = upTo(CALLS.length)
    const error = random() < 0.9 ? 0 : 1 + upTo(ERRORS.length - 1)
    const path = `/var/lib/app/data/${upTo(1e6)}`
    calls![row] = call
    errors![row] = error
    outcomes![row] = Number(random() < 0.01)
    processes![row] = upTo(PROCESSES)
    durations[row] = BigInt(300 + upTo(1e5))
    results[row] = error === 0 ? BigInt(upTo(60)) : -1n
    paths.add(path)
    args.add(`["AT_FDCWD","${path}"]`)
    body.add(`${CALLS[call]}(AT_FDCWD, "${path}", O_RDONLY) = ${results[row]}`)
  }
  const coded = (key: string, values: readonly (string | number | undefined)[], codes: Uint8Array) =>
    ({ type: 'coded', key, values, codes }) as const
  const many = <T>(make: (i: number) => T) => Array.from({ length: PROCESSES }, (_, i) => make(i))
  const attributes: EventAttribute[] = [
    coded('syscall.name', CALLS, calls!),
    coded('syscall.class', ['FileSystem', ...CALLS.slice(1).map(() => 'Other')], calls!),
    coded('error.type', ERRORS, errors!),
    coded('syscall.outcome', ['returned', 'restarted'], outcomes!),
    coded(
      'process.pid',
      many(i => 1000 + 7 * i),
      processes!,
    ),
    coded(
      'thread.id',
      many(i => 1000 + 7 * i + (i % 3)),
      processes!,
    ),
    coded(
      'process.executable.name',
      many(i => `worker-${i % 20}`),
      processes!,
    ),
    coded(
      'process.user.id',
      many(i => 1000 + (i % 5)),
      processes!,
    ),
    { type: 'integer', key: 'syscall.duration', values: durations },
    { type: 'integer', key: 'syscall.result', values: results },
    { type: 'text', key: 'file.path', ...paths.take() },
    { type: 'text', key: 'syscall.args', ...args.take() },
  ]
  const resources: Resource[] = Array.from({ length: CONTAINERS }, (_, i) => ({
    id: `container-${i}`,
    attributes: { 'container.id': `${i}`.padStart(64, 'a'), 'k8s.pod.name': `pod-${i}` },
  }))
  return {
    resources,
    calls: calls!,
    errors: errors!,
    durations,
    body: body.take(),
    shared: {
      scope: { name: 'swoll/receiver/ebpf', version: '0.1.0' },
      rows,
      resource: Uint32Array.from({ length: rows }, (_, row) => processes![row]! % CONTAINERS),
      attributes,
    },
    times: BigUint64Array.from({ length: rows }, (_, row) => START_NS + BigInt(row) * 1_003n),
  }
}

export function syscallLogs(rows: number): LogsBatch {
  const { resources, shared, body, times } = makeRows(rows)
  const severity = { values: [INFO], codes: new Uint8Array(rows) }
  const table = {
    ...shared,
    eventName: 'syscall',
    timeUnixNano: times,
    observedTimeUnixNano: START_NS + 1_000_000_000n,
    severity,
    body,
  }
  return { resources, tables: [table] }
}

export function syscallSpans(rows: number): TracesBatch {
  const { resources, shared, times, durations, calls, errors } = makeRows(rows)
  const random = seeded(9)
  const ids = (size: number) => Uint8Array.from({ length: rows * size }, () => 1 + Math.floor(random() * 255))
  const table = {
    ...shared,
    traceId: ids(16),
    spanId: ids(8),
    parentSpanId: ids(8),
    name: { values: CALLS, codes: calls },
    kind: { values: ['internal'] as const, codes: new Uint8Array(rows) },
    startTimeUnixNano: times,
    endTimeUnixNano: times.map((time, row) => time + BigInt(durations[row]!)),
    status: {
      values: ERRORS.map(message =>
        message === undefined
          ? ({ code: 'unset', message: '' } as const)
          : ({ code: 'error', message } as const),
      ),
      codes: errors,
    },
  }
  return { resources, tables: [table] }
}
