/** Namespaces: their workloads, classes and groups of calls, errors and containers; all that the original's dashboard told is here. */
import { Expressions } from '../promql/expressions.ts'
import type { Flavour } from '../promql/flavour.ts'
import { type Dashboard, linkTo, type Row } from './dashboard.ts'
import type { Panel } from './panel.ts'
import { field, linesBy, meanByCall, stuck, TROUBLE_RULE, WORKING_RULE } from './parts.ts'
import { scopeOf } from './variables.ts'

export function namespace(flavour: Flavour): Dashboard {
  const variables = ['node', 'namespace', 'pod', 'container', 'class', 'group'] as const
  const e = new Expressions(flavour, scopeOf(flavour, variables), '$ival')
  return {
    name: 'namespace',
    title: 'namespace',
    description: 'System calls of namespaces: by workload, container, class, group and error.',
    variables,
    rows: [
      { title: 'Workloads', panels: [workloads(e), ...totals(e)] },
      { title: 'Errors', panels: errors(e) },
      { title: 'Classes and groups', panels: classes(e) },
      calls(e),
      { title: 'Hanging', panels: [stuck(e)] },
    ],
  }
}

function workloads(e: Expressions): Panel {
  const { labels } = e.flavour
  const pods = e.with(`${labels.pod}!=""`)
  const link = linkTo(e.flavour, 'workload', {
    namespace: field(labels.namespace),
    workload: field('workload'),
  })
  return {
    title: 'Workloads',
    description: `The workload is the pod's name less what controllers append. ${TROUBLE_RULE} ${WORKING_RULE}`,
    kind: 'table',
    width: 24,
    unit: 'ops',
    queries: [pods.calls(), pods.trouble(), pods.working().time()].map(each => ({
      expr: e.byWorkload(['namespace'], each),
    })),
    columns: [
      { of: labels.namespace, title: 'namespace' },
      { of: 'workload', title: 'workload', link },
      { of: 1, title: 'trouble', unit: 'ops' },
      { of: 0, title: 'calls', unit: 'ops' },
      { of: 2, title: 'working time', unit: 's' },
    ],
  }
}

function totals(e: Expressions): Panel[] {
  const by = ['container', 'pod', 'namespace'] as const
  return [
    linesBy(e, by, {
      title: 'Calls that succeeded, by container',
      description: 'The first ten.',
      unit: 'ops',
      width: 12,
      n: 10,
      expression: e.succeeded(),
    }),
    linesBy(e, by, {
      title: 'Calls that failed, by container',
      description: 'All errors, those that are part of normal work too. The first ten.',
      unit: 'ops',
      width: 12,
      n: 10,
      expression: e.failed(),
    }),
    linesBy(e, ['namespace', 'container'], {
      title: 'All calls by namespace and container',
      description: 'Containers of one name are added up over pods.',
      unit: 'ops',
      width: 12,
      expression: e.calls(),
    }),
    linesBy(e, ['namespace', 'container'], {
      title: 'Trouble by namespace and container',
      description: TROUBLE_RULE,
      unit: 'ops',
      width: 12,
      expression: e.trouble(),
    }),
  ]
}

function errors(e: Expressions): Panel[] {
  return [
    linesBy(e, ['err'], {
      title: 'Errors',
      description: 'All calls that failed, by errno. The stronger the colour, the more.',
      unit: 'ops',
      width: 12,
      kind: 'rows',
      expression: e.failed(),
    }),
    linesBy(e, ['err'], {
      title: 'Trouble by errno',
      description: TROUBLE_RULE,
      unit: 'ops',
      width: 12,
      expression: e.trouble(),
    }),
    linesBy(e, ['syscall', 'err'], {
      title: 'Trouble by call and errno',
      description: `${TROUBLE_RULE} The first 15.`,
      unit: 'ops',
      width: 24,
      n: 15,
      expression: e.trouble(),
    }),
  ]
}

function classes(e: Expressions): Panel[] {
  const panels = (by: 'class' | 'group'): Panel[] =>
    (['rows', 'stacked'] as const).flatMap(kind => [
      linesBy(e, [by], {
        title: `Calls that succeeded, by ${by}${kind === 'rows' ? ', over time' : ''}`,
        description: `What the programs do, by the ${by} of the calls.`,
        unit: 'ops',
        width: 12,
        kind,
        expression: e.succeeded(),
      }),
      linesBy(e, [by], {
        title: `Calls that failed, by ${by}${kind === 'rows' ? ', over time' : ''}`,
        description: 'All errors, those that are part of normal work too.',
        unit: 'ops',
        width: 12,
        kind,
        expression: e.failed(),
      }),
    ])
  return [...panels('class'), ...panels('group')]
}

function calls(e: Expressions): Row {
  const link = linkTo(e.flavour, 'call', { syscall: `\${__field.labels.${e.flavour.labels.syscall}}` })
  return {
    title: 'Calls',
    panels: [
      linesBy(e, ['syscall'], {
        title: 'Calls by name',
        description: 'All calls. The first 15.',
        unit: 'ops',
        width: 12,
        n: 15,
        link,
        expression: e.calls(),
      }),
      linesBy(e, ['syscall', 'err'], {
        title: 'Calls that failed, by name and errno',
        description: 'All errors. The first 15.',
        unit: 'ops',
        width: 12,
        n: 15,
        link,
        expression: e.failed(),
      }),
      linesBy(e, ['syscall'], {
        title: 'Time in calls',
        description:
          'Seconds per second, of calls that succeeded: so many threads are within on average. Calls that wait are on top by nature. The first 15.',
        unit: 's',
        width: 12,
        n: 15,
        link,
        expression: e.with(...succeededOnly(e)).time(),
      }),
      meanByCall(e.working()),
    ],
  }
}

const succeededOnly = ({ flavour }: Expressions) => [`${flavour.labels.err}="${flavour.ok}"`]
