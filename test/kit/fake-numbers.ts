/** A source of numbers that grow as given: answers as a history of calls would, for rows, groups, places and orders. */
import { DIMENSIONS, type Dimension } from '../../stats/api/dimensions.ts'
import type { StatsQuery } from '../../stats/api/query.ts'
import type { StatsNumbers, StatsRow, StatsTable } from '../../stats/api/table.ts'
import { expectedError, isWaiting } from '../../stats/noise.ts'
import type { StatsSource } from '../../stats/source.ts'

interface FakeSeries {
  readonly key: { readonly [D in Dimension]?: string }
  readonly perSecond: number
  /** Of one call. */
  readonly ns: number
}

export const FAKE_END_MS = 1_790_000_000_000
const INTERVAL_MS = 1000

/** `endMs`: the end of the window where the question has none. */
export function fakeNumbers(
  series: readonly FakeSeries[],
  endMs: () => number = () => FAKE_END_MS,
): StatsSource {
  return {
    async query(query) {
      const end = query.endMs ?? endMs()
      const seconds = query.windowMs / 1000
      const groups = new Map<string, StatsRow>()
      for (const one of series) {
        if (!isWanted(one, query)) continue
        const key = Object.fromEntries(
          query.by.flatMap(each => (one.key[each] ? [[each, one.key[each]]] : [])),
        )
        const id = JSON.stringify(key)
        groups.set(id, { ...add(groups.get(id) ?? NOTHING, toNumbers(one, seconds, query.points)), key })
      }
      const sign = (row: StatsRow) => -(row[query.sort] ?? -1)
      const all = [...groups.values()].sort((a, b) => sign(a) - sign(b))
      const rest = all.slice(query.limit)
      return {
        nodes: ['node-a'],
        startMs: end - query.windowMs,
        endMs: end,
        intervalMs: INTERVAL_MS,
        oldestMs: end - 3_600_000,
        isTimed: true,
        rows: all.slice(0, query.limit),
        total: all.reduce<StatsNumbers>(add, NOTHING),
        rest: { ...rest.reduce<StatsNumbers>(add, NOTHING), rows: rest.length },
      } satisfies StatsTable
    },
  }
}

const NOTHING: StatsNumbers = { calls: 0, errors: 0, trouble: 0, time: 0, working: 0, p50: null, p99: null }

function isWanted({ key }: FakeSeries, { where, show }: StatsQuery): boolean {
  const { syscall = '', errno = 'OK' } = key
  if (show === 'errors' && errno === 'OK') return false
  if (show === 'trouble' && (errno === 'OK' || expectedError(syscall, errno))) return false
  if (show === 'working' && isWaiting(syscall)) return false
  return DIMENSIONS.every(each => where[each]?.includes(key[each] ?? '') ?? true)
}

function toNumbers({ key, perSecond, ns }: FakeSeries, seconds: number, points: number): StatsNumbers {
  const calls = Math.round(perSecond * seconds)
  const { syscall = '', errno = 'OK' } = key
  const isError = errno !== 'OK'
  return {
    calls,
    errors: isError ? calls : 0,
    trouble: isError && !expectedError(syscall, errno) ? calls : 0,
    time: calls * ns,
    working: isWaiting(syscall) ? 0 : calls * ns,
    p50: ns,
    p99: ns * 3,
    ...(points > 0 && {
      points: Array.from({ length: points }, (): [number, number] => [
        calls / points,
        isError ? calls / points : 0,
      ]),
    }),
  }
}

function add(a: StatsNumbers, b: StatsNumbers): StatsNumbers {
  const points = (b.points ?? a.points)?.map(([calls, errors], i): [number, number] => {
    const [before, failed] = (b.points && a.points?.[i]) || [0, 0]
    return [calls + before, errors + failed]
  })
  return {
    calls: a.calls + b.calls,
    errors: a.errors + b.errors,
    trouble: a.trouble + b.trouble,
    time: a.time + b.time,
    working: a.working + b.working,
    p50: Math.max(a.p50 ?? 0, b.p50 ?? 0) || null,
    p99: Math.max(a.p99 ?? 0, b.p99 ?? 0) || null,
    ...(points && { points }),
  }
}

/** A shop of two namespaces, the kubelet beside them, and names that nobody should have chosen. */
export const SHOP: readonly FakeSeries[] = [
  ...pod('shop', 'web-6d4cf56db6-x7k2p', 'nginx', [
    ['epoll_wait', 'OK', 900, 4_000_000, 'NetworkPoll', 'Waiting'],
    ['recvfrom', 'OK', 850, 2100, 'Network', 'Sockets'],
    ['recvfrom', 'EAGAIN', 420, 900, 'Network', 'Sockets'],
    ['openat', 'ENOENT', 12.5, 5200, 'FileSystem', 'Files'],
    ['connect', 'ECONNREFUSED', 3.2, 41_000, 'Network', 'Sockets'],
  ]),
  ...pod('shop', 'db-0', 'postgres', [
    ['futex', 'OK', 310, 22_000_000, 'Sync', 'Waiting'],
    ['pread64', 'OK', 120, 81_000, 'FileSystem', 'Files'],
    ['fsync', 'EIO', 0.4, 310_000_000, 'FileSystem', 'Files'],
  ]),
  ...pod('kube-system', 'coredns-5d78c9869d-abcde', 'coredns', [
    ['sendmsg', 'OK', 44, 9800, 'Network', 'Sockets'],
  ]),
  ...pod('東京', 'ポッド-\u001b[31mred\u001b[0m', 'cafe\u0301', [
    ['read', 'OK', 5, 1500, 'FileSystem', 'Files'],
  ]),
  {
    key: { node: 'node-a', unit: 'kubelet.service', syscall: 'openat', errno: 'OK' },
    perSecond: 75,
    ns: 6400,
  },
]

type FakeCall = readonly [
  name: string,
  errno: string,
  perSecond: number,
  ns: number,
  klass: string,
  group: string,
]

function pod(namespace: string, name: string, container: string, calls: readonly FakeCall[]): FakeSeries[] {
  return calls.map(([syscall, errno, perSecond, ns, klass, group]) => ({
    key: {
      node: 'node-a',
      namespace,
      workload: `deployment/${name.split('-')[0]}`,
      pod: name,
      container,
      syscall,
      errno,
      class: klass,
      group,
    },
    perSecond,
    ns,
  }))
}
