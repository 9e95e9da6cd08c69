/** Panels that several dashboards have, each over what its variables choose. */
import type { Expressions } from '../promql/expressions.ts'
import type { Label } from '../promql/flavour.ts'
import type { Link, Panel } from './panel.ts'

export const TROUBLE_RULE =
  'Trouble: calls that failed, less what is part of normal work, such as EAGAIN, EINTR, or ENOENT of calls that look for a file (docs/normal.md).'
export const WORKING_RULE =
  'Working calls: all but those that wait by nature, such as epoll_wait, futex, nanosleep (docs/normal.md).'
const HISTOGRAMS =
  'Needs native histograms or classic buckets: docs/prometheus.md. Bounds are powers of two, so a quantile is right within a factor of two at worst.'

export const top = (n: number, expression: string) => `topk(${n}, ${expression})`
export const field = (name: string) => `\${__data.fields["${name}"]}`

const legendOf = (e: Expressions, by: readonly Label[]) =>
  e
    .names(by)
    .map(name => `{{${name}}}`)
    .join(' ')

/** Lines of the first `n`, by labels. */
export function linesBy(
  e: Expressions,
  by: readonly Label[],
  what: Pick<Panel, 'title' | 'description' | 'unit' | 'width'> & {
    readonly expression: string
    readonly n?: number
    readonly kind?: Panel['kind']
    readonly link?: Link
  },
): Panel {
  const { expression, n, kind = 'lines', ...rest } = what
  const sum = e.sum(by, expression)
  const expr = n === undefined ? sum : top(n, sum)
  return { ...rest, kind, queries: [{ expr, legend: legendOf(e, by) }] }
}

export function stat(
  what: Pick<Panel, 'title' | 'description' | 'unit'> & {
    readonly expr: string
    readonly bad?: number
    readonly width?: number
  },
): Panel {
  const { expr, width = 4, ...rest } = what
  return { ...rest, kind: 'stat', width, queries: [{ expr }] }
}

/** A value where there are no rows. */
export const orZero = (expression: string) => `${expression} or vector(0)`

export function quantiles(e: Expressions, width = 12): Panel {
  const of = (q: number) => ({ expr: e.quantile(q, []), legend: `p${q * 100}` })
  return {
    title: 'Duration of working calls',
    description: `${WORKING_RULE} ${HISTOGRAMS}`,
    kind: 'lines',
    width,
    unit: 's',
    queries: [of(0.5), of(0.9), of(0.99)],
  }
}

export function durationMap(e: Expressions, title: string, width = 12): Panel {
  const description = `Each column is a point of time, each row a power of two of seconds; the darker, the more calls. ${HISTOGRAMS}`
  return { title, description, kind: 'durations', width, unit: 's', queries: [{ expr: e.durations([]) }] }
}

export function meanByCall(e: Expressions, width = 12): Panel {
  return {
    title: 'Mean duration by call',
    description: `Time in calls ÷ calls: needs no histograms. ${WORKING_RULE} The 15 slowest.`,
    kind: 'lines',
    width,
    unit: 's',
    queries: [{ expr: top(15, e.mean(['syscall'])), legend: legendOf(e, ['syscall']) }],
  }
}

/** Since when something hangs. Without any call for so long there is no series: zero. */
export function longestInFlight(e: Expressions): Panel {
  return stat({
    title: 'Longest in flight',
    description:
      'Since the oldest call that does not wait by nature began; 0: none takes longer than the threshold of the agents. Minutes: something hangs. Needs latency: exact.',
    unit: 's',
    bad: 300,
    expr: orZero(e.longest([])),
  })
}

/** Calls in flight, the oldest first. */
export function stuck(e: Expressions, width = 24): Panel {
  const by: readonly Label[] = ['namespace', 'pod', 'container', 'unit', 'syscall']
  return {
    title: 'Calls in flight for the longest time',
    description:
      'Calls that began longer ago than the threshold of the agents (10 s) and have not ended, less those that wait by nature. A read of a pipe or a lock that lasts for minutes is a process that hangs: swoll stuck names thread, arguments and file.',
    kind: 'table',
    width,
    unit: 's',
    queries: [{ expr: top(25, e.longest(by)) }],
    columns: [
      ...e.names(by).map((name, i) => ({ of: name, title: by[i]! })),
      { of: 0, title: 'since', unit: 's' },
    ],
  }
}

/** Calls that a filter refused, and calls that ended with their thread. */
export function refused(e: Expressions, width = 12): Panel {
  return linesBy(e.with(), ['outcome', 'syscall'], {
    title: 'Denied and killed',
    description:
      'denied: seccomp or a tracer refused the call before it began. killed: the thread was killed within it; at the end of a pod that is normal for calls that wait, which are left out.',
    unit: 'ops',
    width,
    n: 15,
    expression: `${e.outcome('denied')} or ${e.working().outcome('killed')}`,
  })
}
