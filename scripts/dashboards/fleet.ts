/** All nodes: how much, who has trouble, and whether the agents see everything. */
import { Expressions } from '../promql/expressions.ts'
import type { Flavour } from '../promql/flavour.ts'
import { type Dashboard, linkTo, type Row } from './dashboard.ts'
import type { Panel } from './panel.ts'
import {
  durationMap,
  field,
  linesBy,
  longestInFlight,
  orZero,
  quantiles,
  refused,
  stat,
  stuck,
  TROUBLE_RULE,
  top,
  WORKING_RULE,
} from './parts.ts'
import { scopeOf } from './variables.ts'

export function fleet(flavour: Flavour): Dashboard {
  const variables = ['node'] as const
  const e = new Expressions(flavour, scopeOf(flavour, variables), '$ival')
  return {
    name: 'fleet',
    title: 'fleet',
    description: 'System calls of all nodes: how many, which fail, which are slow, and where.',
    variables,
    rows: [now(e), where(e), calls(e), { title: 'Hanging', panels: [stuck(e)] }],
  }
}

function now(e: Expressions): Row {
  return { title: 'Now', panels: [...volume(e), ...worries(e)] }
}

function volume(e: Expressions): Panel[] {
  const { node } = e.flavour.labels
  return [
    stat({
      title: 'Nodes',
      description: 'Nodes whose calls are counted. Fewer than you have: an agent is missing.',
      unit: 'none',
      expr: `count(count by (${node}) (${e.selector(e.flavour.metrics.calls)}))`,
    }),
    stat({
      title: 'Calls',
      description: 'System calls a second.',
      unit: 'ops',
      expr: e.sum([], e.calls()),
    }),
    stat({
      title: 'Trouble',
      description: TROUBLE_RULE,
      unit: 'ops',
      expr: orZero(e.sum([], e.trouble())),
    }),
  ]
}

function worries(e: Expressions): Panel[] {
  return [
    stat({
      title: 'Denied',
      description: 'Calls a second that seccomp or a tracer refused.',
      unit: 'ops',
      expr: orZero(e.sum([], e.outcome('denied'))),
    }),
    longestInFlight(e),
    stat({
      title: 'Lost events',
      description:
        'Events that the agents lost in the window, for any reason. Should be 0: see the dashboard of the agent.',
      unit: 'none',
      bad: 1,
      expr: orZero('sum(increase(otelcol_receiver_ebpf_lost_events[$ival]))'),
    }),
  ]
}

function where(e: Expressions): Row {
  return {
    title: 'Where',
    panels: [
      linesBy(e, ['node'], {
        title: 'Calls by node',
        description: 'A node that falls to 0 has lost its agent, or sleeps.',
        unit: 'ops',
        width: 12,
        expression: e.calls(),
      }),
      linesBy(e, ['namespace'], {
        title: 'Trouble by namespace',
        description: `${TROUBLE_RULE} Services of the host have no namespace. The first ten.`,
        unit: 'ops',
        width: 12,
        n: 10,
        expression: e.trouble(),
      }),
      numbers(e, 'namespace'),
      numbers(e, 'unit'),
    ],
  }
}

/** Calls, trouble and time of each namespace, or of each service of the hosts. */
function numbers(e: Expressions, by: 'namespace' | 'unit'): Panel {
  const label = e.flavour.labels[by]
  const of = e.with(`${label}!=""`)
  const link = linkTo(e.flavour, 'namespace', { namespace: field(label) })
  return {
    title: by === 'namespace' ? 'Namespaces' : 'Services of the hosts',
    description: `${TROUBLE_RULE} ${WORKING_RULE} Time is in seconds per second: so many threads are within such calls on average.`,
    kind: 'table',
    width: 12,
    unit: 'ops',
    queries: [of.calls(), of.trouble(), of.working().time()].map(each => ({ expr: e.sum([by], each) })),
    columns: [
      { of: label, title: by, ...(by === 'namespace' && { link }) },
      { of: 1, title: 'trouble', unit: 'ops' },
      { of: 0, title: 'calls', unit: 'ops' },
      { of: 2, title: 'working time', unit: 's' },
    ],
  }
}

function calls(e: Expressions): Row {
  return {
    title: 'Which calls',
    panels: [
      troubles(e),
      linesBy(e, ['syscall'], {
        title: 'Working time by call',
        description: `Seconds per second. ${WORKING_RULE} The first 15.`,
        unit: 's',
        width: 12,
        n: 15,
        expression: e.working().time(),
      }),
      linesBy(e, ['class'], {
        title: 'Calls by class',
        description: 'All calls, by what they are for.',
        unit: 'ops',
        width: 12,
        kind: 'stacked',
        expression: e.calls(),
      }),
      refused(e),
      quantiles(e.working()),
      durationMap(e.working(), 'Durations of working calls'),
    ],
  }
}

function troubles(e: Expressions): Panel {
  const { labels } = e.flavour
  return {
    title: 'Trouble by call and error',
    description: `${TROUBLE_RULE} A click on a call shows it in detail.`,
    kind: 'table',
    width: 12,
    unit: 'ops',
    queries: [{ expr: top(25, e.sum(['syscall', 'err'], e.trouble())) }],
    columns: [
      {
        of: labels.syscall,
        title: 'call',
        link: linkTo(e.flavour, 'call', { syscall: field(labels.syscall) }),
      },
      { of: labels.err, title: 'errno' },
      { of: 0, title: 'trouble', unit: 'ops' },
    ],
  }
}
