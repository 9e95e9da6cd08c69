/** A workload and its pods: what they do, what fails, how long it takes, what is new, what hangs. */
import { Expressions } from '../promql/expressions.ts'
import type { Flavour } from '../promql/flavour.ts'
import { podsOf } from '../promql/workload.ts'
import { type Dashboard, linkTo, type Row } from './dashboard.ts'
import type { Panel } from './panel.ts'
import {
  durationMap,
  field,
  linesBy,
  longestInFlight,
  meanByCall,
  orZero,
  quantiles,
  refused,
  stat,
  stuck,
  TROUBLE_RULE,
  WORKING_RULE,
} from './parts.ts'
import { scopeOf } from './variables.ts'

export function workload(flavour: Flavour): Dashboard {
  const variables = ['namespace', 'workload', 'pod', 'container'] as const
  const ofPods = `${flavour.labels.pod}=~"${podsOf('workload')}"`
  const e = new Expressions(flavour, [...scopeOf(flavour, variables), ofPods], '$ival')
  return {
    name: 'workload',
    title: 'workload and pod',
    description:
      'System calls of a workload and its pods: what they do, what fails, how long it takes, what is new.',
    variables,
    rows: [
      { title: 'Now', panels: now(e) },
      pods(e),
      { title: 'Trouble', panels: [...trouble(e), refused(e), news(e)] },
      {
        title: 'Time',
        panels: [
          quantiles(e.working()),
          durationMap(e.working(), 'Durations of working calls'),
          timeByCall(e),
          meanByCall(e.working()),
        ],
      },
      { title: 'Hanging', panels: [stuck(e)] },
    ],
  }
}

function now(e: Expressions): Panel[] {
  const { pod } = e.flavour.labels
  return [
    stat({
      title: 'Pods',
      description: 'Pods that made calls in the last minutes.',
      unit: 'none',
      width: 5,
      expr: `count(count by (${pod}) (${e.selector(e.flavour.metrics.calls)}))`,
    }),
    stat({
      title: 'Calls',
      description: 'System calls a second.',
      unit: 'ops',
      width: 5,
      expr: e.sum([], e.calls()),
    }),
    stat({
      title: 'Trouble',
      description: TROUBLE_RULE,
      unit: 'ops',
      width: 5,
      expr: orZero(e.sum([], e.trouble())),
    }),
    stat({
      title: 'Trouble among all calls',
      description: 'Trouble ÷ calls.',
      unit: 'percentunit',
      width: 5,
      expr: `(${orZero(e.sum([], e.trouble()))}) / on () (${e.sum([], e.calls())})`,
    }),
    longestInFlight(e),
  ]
}

function pods(e: Expressions): Row {
  return {
    title: 'Pods',
    panels: [
      linesBy(e, ['pod', 'container'], {
        title: 'Calls by pod and container',
        description: 'Pods of one workload should look alike: one that does not is the one to look at.',
        unit: 'ops',
        width: 12,
        n: 20,
        expression: e.calls(),
      }),
      linesBy(e, ['pod', 'container'], {
        title: 'Trouble by pod and container',
        description: TROUBLE_RULE,
        unit: 'ops',
        width: 12,
        n: 20,
        expression: e.trouble(),
      }),
    ],
  }
}

function trouble(e: Expressions): Panel[] {
  return [
    linesBy(e, ['syscall', 'err'], {
      title: 'Trouble by call and errno',
      description: `${TROUBLE_RULE} The first 15.`,
      unit: 'ops',
      width: 12,
      n: 15,
      expression: e.trouble(),
    }),
    linesBy(e, ['err'], {
      title: 'Errors',
      description: 'All calls that failed, by errno, those that are part of normal work too.',
      unit: 'ops',
      width: 12,
      kind: 'rows',
      expression: e.failed(),
    }),
  ]
}

/** Calls and errors that were not there an hour before: what a rollout began to do. */
function news(e: Expressions): Panel {
  const { labels, metrics } = e.flavour
  const by = e.names(['syscall', 'err']).join(', ')
  const before = `sum by (${by}) (rate(${e.selector(metrics.calls)}[$ival] offset 1h)) > 0`
  return {
    title: 'New since an hour ago',
    description:
      'Calls, each with its errno, that are made now and were not made in the same window an hour ago: what a rollout began to do.',
    kind: 'table',
    width: 12,
    unit: 'ops',
    queries: [{ expr: `(${e.sum(['syscall', 'err'], e.calls())} > 0) unless on (${by}) (${before})` }],
    columns: [
      {
        of: labels.syscall,
        title: 'call',
        link: linkTo(e.flavour, 'call', { syscall: field(labels.syscall) }),
      },
      { of: labels.err, title: 'errno' },
      { of: 0, title: 'calls', unit: 'ops' },
    ],
  }
}

function timeByCall(e: Expressions): Panel {
  return linesBy(e, ['syscall'], {
    title: 'Working time by call',
    description: `Seconds per second: so many threads are within on average. ${WORKING_RULE} The first 15.`,
    unit: 's',
    width: 12,
    n: 15,
    expression: e.working().time(),
  })
}
