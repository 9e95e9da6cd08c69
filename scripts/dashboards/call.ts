/** One system call, or several: who makes it, how it ends, how long it takes. */
import { Expressions } from '../promql/expressions.ts'
import type { Flavour, Label } from '../promql/flavour.ts'
import { type Dashboard, linkTo } from './dashboard.ts'
import type { Panel } from './panel.ts'
import { durationMap, field, linesBy, stuck, TROUBLE_RULE, top } from './parts.ts'
import { scopeOf } from './variables.ts'

export function call(flavour: Flavour): Dashboard {
  const variables = ['syscall', 'node', 'namespace'] as const
  const e = new Expressions(flavour, scopeOf(flavour, variables), '$ival')
  return {
    name: 'call',
    title: 'call',
    description: 'A system call: who makes it, how it ends, how long it takes.',
    variables,
    rows: [
      { title: 'Who', panels: [who(e), makers(e)] },
      { title: 'How it ends', panels: results(e) },
      { title: 'How long it takes', panels: durations(e) },
      { title: 'Hanging', panels: [stuck(e)] },
    ],
  }
}

function who(e: Expressions): Panel {
  return linesBy(e, ['namespace', 'unit'], {
    title: 'Calls by namespace, and by service of the hosts',
    description: 'The first 15.',
    unit: 'ops',
    width: 12,
    n: 15,
    expression: e.calls(),
  })
}

function makers(e: Expressions): Panel {
  const by: readonly Label[] = ['namespace', 'pod', 'container']
  const { labels } = e.flavour
  const link = linkTo(e.flavour, 'workload', {
    namespace: field(labels.namespace),
    pod: field(labels.pod),
  })
  const pods = e.with(`${labels.pod}!=""`)
  return {
    title: 'Containers that make it most',
    description: 'Calls a second. A click on a pod shows it.',
    kind: 'table',
    width: 12,
    unit: 'ops',
    queries: [{ expr: top(25, e.sum(by, pods.calls())) }],
    columns: [
      { of: labels.namespace, title: 'namespace' },
      { of: labels.pod, title: 'pod', link },
      { of: labels.container, title: 'container' },
      { of: 0, title: 'calls', unit: 'ops' },
    ],
  }
}

function results(e: Expressions): Panel[] {
  return [
    linesBy(e, ['syscall', 'err'], {
      title: 'By errno',
      description: 'All calls, by how they ended.',
      unit: 'ops',
      width: 12,
      n: 20,
      expression: e.calls(),
    }),
    linesBy(e, ['syscall', 'err', 'namespace'], {
      title: 'Trouble by errno and namespace',
      description: TROUBLE_RULE,
      unit: 'ops',
      width: 12,
      n: 20,
      expression: e.trouble(),
    }),
    linesBy(e, ['syscall', 'outcome'], {
      title: 'Calls that did not return',
      description:
        'restarted: interrupted, and made again by the kernel. denied: refused by seccomp or a tracer. killed: the thread was killed within. no_return: exit and the like.',
      unit: 'ops',
      width: 12,
      n: 20,
      expression: e.outcome('.+'),
    }),
  ]
}

function durations(e: Expressions): Panel[] {
  const quantile = (q: number) => ({
    expr: top(10, e.quantile(q, ['syscall'])),
    legend: `p${q * 100} {{${e.flavour.labels.syscall}}}`,
  })
  return [
    {
      title: 'Quantiles',
      description:
        'Needs native histograms or classic buckets: docs/prometheus.md. The slowest ten of those chosen.',
      kind: 'lines',
      width: 12,
      unit: 's',
      queries: [quantile(0.5), quantile(0.9), quantile(0.99)],
    },
    durationMap(e, 'Durations'),
    {
      title: 'Mean by namespace',
      description: 'Time in calls ÷ calls: needs no histograms. The slowest ten.',
      kind: 'lines',
      width: 12,
      unit: 's',
      queries: [
        {
          expr: top(10, e.mean(['namespace', 'syscall'])),
          legend: e
            .names(['namespace', 'syscall'])
            .map(name => `{{${name}}}`)
            .join(' '),
        },
      ],
    },
  ]
}
