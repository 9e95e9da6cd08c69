/** Numbers of a made-up node, and a plain engine that answers questions about them: an answer holds to the schema, whatever is asked. */
import type { Comparison } from '../../stats/api/comparison.ts'
import type { Dimension } from '../../stats/api/dimensions.ts'
import type { LatencyMap } from '../../stats/api/latency.ts'
import type { StatsNumbers, StatsTable } from '../../stats/api/table.ts'
import { expectedError, isWaiting } from '../../stats/noise.ts'

type Key = { [D in Dimension]?: string }

interface Source {
  readonly key: Key
  readonly perSecond: number
  /** The median. */
  readonly ns: number
  /** It began then, Unix ms. */
  readonly sinceMs?: number
}

/** A name that would be markup, in every way that a page could take it for some. */
export const MARKUP = '<img src=x onerror="document.title=`taken`">{a|b}'

const CALLS = [
  ['read', 'Filesystem', 'ReadWrite', 'OK', 900, 4_000],
  ['write', 'Filesystem', 'ReadWrite', 'OK', 420, 9_000],
  ['openat', 'Filesystem', 'OpenClose', 'OK', 60, 22_000],
  ['openat', 'Filesystem', 'OpenClose', 'ENOENT', 31, 12_000],
  ['openat', 'Filesystem', 'OpenClose', 'EACCES', 0.4, 11_000],
  ['recvfrom', 'Network', 'Sockets', 'EAGAIN', 140, 1_500],
  ['sendto', 'Network', 'Sockets', 'OK', 200, 18_000],
  ['connect', 'Network', 'Sockets', 'ECONNREFUSED', 2.1, 90_000],
  ['epoll_wait', 'IO', 'Multiplexing', 'OK', 340, 80_000_000],
  ['futex', 'Process', 'Locks', 'OK', 510, 30_000_000],
  ['futex', 'Process', 'Locks', 'ETIMEDOUT', 12, 1_000_000_000],
  ['fsync', 'Filesystem', 'ReadWrite', 'OK', 6, 7_000_000],
  ['mmap', 'Memory', 'Mapping', 'OK', 25, 6_000],
  ['kill', 'Process', 'Signals', 'EPERM', 0.05, 2_000],
] as const
const PLACES: readonly (readonly [Key, number])[] = [
  [
    {
      namespace: 'shop',
      workload: 'deployment/web',
      revision: '7d9f',
      pod: 'web-7d9f-x2x4p',
      container: 'app',
    },
    1,
  ],
  [
    {
      namespace: 'shop',
      workload: 'deployment/web',
      revision: '5c1a',
      pod: 'web-5c1a-aaqqk',
      container: 'app',
    },
    0.3,
  ],
  [
    { namespace: 'shop', workload: 'statefulset/db', revision: 'b7', pod: 'db-0', container: 'postgres' },
    0.6,
  ],
  [
    {
      namespace: 'kube-system',
      workload: 'daemonset/proxy',
      revision: '1',
      pod: 'proxy-9k2',
      container: 'proxy',
    },
    0.1,
  ],
  [{ namespace: 'lab', pod: MARKUP, container: 'a' }, 0.05],
  [{ unit: 'ssh.service' }, 0.02],
]
export const NOW_MS = Date.UTC(2026, 0, 15, 12)
const SOURCES: readonly Source[] = PLACES.flatMap(([place, share], at) =>
  CALLS.filter((_, i) => at === 0 || (i + at) % 4 !== 0).map(
    ([syscall, group, kind, errno, perSecond, ns]) => ({
      key: { node: 'node-a', ...place, syscall, class: group, group: kind, errno, outcome: 'returned' },
      perSecond: perSecond * share,
      ns,
    }),
  ),
)

export interface Question {
  readonly by: readonly Dimension[]
  readonly windowMs: number
  readonly endMs: number
  readonly where: { readonly [D in Dimension]?: readonly string[] }
  readonly show: string
  readonly sort: string
  readonly limit: number
  readonly points: number
  readonly hiddenPod: string | undefined
}

export const INTERVAL_MS = 10_000

export function answerTable(question: Question): StatsTable {
  const { by, windowMs, endMs, limit, sort } = question
  const groups = Map.groupBy(select(question), ({ key }) => JSON.stringify(by.map(each => key[each])))
  const all = [...groups.values()]
    .map(own => ({ key: pick(own[0]!.key, by), ...sum(own, question) }))
    .sort((a, b) => amountOf(b, sort) - amountOf(a, sort))
  const rest = all.slice(limit)
  return {
    nodes: ['node-a'],
    startMs: endMs - windowMs,
    endMs,
    intervalMs: INTERVAL_MS,
    oldestMs: endMs - 3_600_000,
    isTimed: true,
    rows: all.slice(0, limit),
    total: sum(select(question), question),
    rest: { rows: rest.length, ...sum(select(question).slice(0, rest.length), question) },
  }
}

export function answerComparison(question: Question, before: Question): Comparison {
  const [then, now] = [answerTable({ ...before, limit: 1e6 }), answerTable({ ...question, limit: 1e6 })]
  const none = sum([], question)
  const keys = new Map([...then.rows, ...now.rows].map(({ key }) => [JSON.stringify(key), key]))
  const rows = [...keys].map(([text, key]) => {
    const find = ({ rows }: StatsTable) => rows.find(row => JSON.stringify(row.key) === text)
    const [old, young] = [find(then), find(now)]
    const change = old === undefined ? 'new' : young === undefined ? 'gone' : 'both'
    const ratio = old && young ? young.calls / old.calls : null
    return { key, before: old ?? none, after: young ?? none, ratio, change } as const
  })
  const side = ({ startMs, endMs, total }: StatsTable) => ({ startMs, endMs, total })
  const { nodes, intervalMs, oldestMs, isTimed } = now
  const facts = { nodes, intervalMs, oldestMs, isTimed, before: side(then), after: side(now) }
  return { ...facts, rows, rest: { rows: 0, before: 0, after: 0 } }
}

export function answerLatency(question: Question): LatencyMap {
  const { rows, rest: _, ...table } = answerTable(question)
  const count = Math.max(1, Math.min(30, Math.round(question.windowMs / INTERVAL_MS)))
  const lengthMs = question.windowMs / count
  const columns = Array.from({ length: count }, (_, i) => ({
    startMs: table.startMs + i * lengthMs,
    endMs: table.startMs + (i + 1) * lengthMs,
    histogram: toHistogram(select(question), lengthMs, 1 + Math.sin(i / 3) / 2),
  }))
  return { ...table, columns }
}

function select({ where, show, endMs, hiddenPod }: Question): Source[] {
  return SOURCES.filter(({ key, sinceMs = 0 }) => {
    if (endMs <= sinceMs || (hiddenPod !== undefined && key.pod === hiddenPod)) return false
    const fits = Object.entries(where).every(([each, values]) =>
      values.includes(key[each as Dimension] ?? ''),
    )
    return fits && isShown(key, show)
  })
}

function isShown({ syscall = '', errno = '' }: Key, show: string): boolean {
  if (show === 'working') return !isWaiting(syscall)
  if (show === 'all') return true
  return errno !== 'OK' && (show === 'errors' || expectedError(syscall, errno) === undefined)
}

function pick(key: Key, by: readonly Dimension[]): Key {
  return Object.fromEntries(by.filter(each => key[each] !== undefined).map(each => [each, key[each]]))
}

function sum(sources: readonly Source[], { windowMs, points }: Question): StatsNumbers {
  const total = (of: (source: Source) => boolean, factor = (_: Source) => 1) =>
    Math.round(
      sources.filter(of).reduce((all, source) => all + source.perSecond * factor(source), 0) *
        (windowMs / 1000),
    )
  const failed = ({ key }: Source) => key.errno !== 'OK'
  const medians = sources.map(({ ns }) => ns).sort((a, b) => a - b)
  const calls = total(() => true)
  const errors = total(failed)
  const wave = (i: number) => 1 + 0.4 * Math.sin(i / 5) + (i % 7) / 20
  return {
    calls,
    errors,
    trouble: total(source => failed(source) && !expectedError(source.key.syscall!, source.key.errno!)),
    time: total(
      () => true,
      ({ ns }) => ns,
    ),
    working: total(
      ({ key }) => !isWaiting(key.syscall!),
      ({ ns }) => ns,
    ),
    p50: medians[medians.length >> 1] ?? null,
    p99: medians.length > 0 ? medians.at(-1)! * 8 : null,
    ...(points > 0 && {
      points: Array.from({ length: points }, (_, i): [number, number] => [
        (calls / points) * wave(i),
        (errors / points) * wave(i * 3),
      ]),
    }),
  }
}

function toHistogram(sources: readonly Source[], lengthMs: number, factor: number): [number, number][] {
  const counts = new Map<number, number>()
  for (const { perSecond, ns } of sources)
    for (const [step, share] of [
      [-1, 0.2],
      [0, 0.5],
      [1, 0.2],
      [2, 0.08],
      [4, 0.02],
    ] as const) {
      const exponent = Math.ceil(Math.log2(ns / 1e9)) - 1 + step
      const calls = Math.round(perSecond * (lengthMs / 1000) * share * factor)
      if (calls > 0) counts.set(exponent, (counts.get(exponent) ?? 0) + calls)
    }
  return [...counts].sort(([a], [b]) => a - b)
}

function amountOf(row: StatsNumbers, sort: string): number {
  return row[sort as 'calls'] ?? 0
}
