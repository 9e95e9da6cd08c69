/** Recording rules: what alerts, and who asks often, need of the counters, under the same names and labels for all flavours. */
import { Expressions } from '../promql/expressions.ts'
import type { Flavour, Label } from '../promql/flavour.ts'
import { notReceiving } from '../promql/noise.ts'

interface RecordingRule {
  readonly record: string
  readonly expr: string
}

const WINDOW = '5m'

/** Of the workloads of Kubernetes, and of the hosts' services, which have the label `unit` only. */
export function recordingRules(flavour: Flavour): RecordingRule[] {
  const e = new Expressions(flavour, [], WINDOW)
  return [
    { record: 'swoll:calls:rate5m', expr: whose(e, [], e.calls()) },
    { record: 'swoll:trouble:rate5m', expr: whose(e, ['syscall', 'err'], e.trouble()) },
    { record: 'swoll:denied:rate5m', expr: whose(e, ['syscall'], e.outcome('denied')) },
    { record: 'swoll:killed:rate5m', expr: whose(e, ['syscall'], e.working().outcome('killed')) },
    { record: 'swoll:working_time:rate5m', expr: whose(e, ['syscall'], e.working().time()) },
    { record: 'swoll:working_duration:p99_5m', expr: p99(e.working()) },
    { record: 'swoll:in_flight:max', expr: inFlight(e) },
    { record: 'swoll:node_calls:rate5m', expr: rename(e, ['node'], e.sum(['node'], e.calls())) },
    { record: 'swoll:calls:series', expr: `count(${flavour.metrics.calls})` },
    {
      record: 'swoll:duration:series',
      expr: `count(${flavour.metrics.duration}) or on () count(${flavour.metrics.duration}_count)`,
    },
  ]
}

/** Sums by namespace, workload and unit, and by more. */
function whose(e: Expressions, more: readonly Label[], expression: string): string {
  const by: readonly Label[] = ['namespace', 'unit', ...more]
  return rename(e, by, e.byWorkload(by, expression))
}

/** The slowest pod of each workload. */
function p99(e: Expressions): string {
  const pods = e.addWorkload(e.quantile(0.99, ['namespace', 'pod', 'unit']))
  const by: readonly Label[] = ['namespace', 'unit']
  return rename(e, by, `max by (${[...e.names(by), 'workload'].join(', ')}) (${pods})`)
}

/** Of calls that end by themselves: what waits for somebody else may wait for ever. */
function inFlight(e: Expressions): string {
  const by: readonly Label[] = ['namespace', 'pod', 'container', 'unit', 'syscall']
  return rename(e, by, e.addWorkload(e.with(notReceiving(e.flavour)).longest(by)))
}

/** Gives labels the names that the first flavour has, and calls their bare ones. */
function rename(e: Expressions, labels: readonly Label[], expression: string): string {
  const renamed = labels.reduce((inner, label) => {
    const name = e.flavour.labels[label]
    return name === label ? inner : `label_replace(${inner}, "${label}", "$1", "${name}", "(.+)")`
  }, expression)
  const bare =
    labels.includes('syscall') && e.flavour.prefix !== ''
      ? `label_replace(${renamed}, "syscall", "$1", "syscall", "${e.flavour.prefix}(.+)")`
      : renamed
  const old = e.names(labels).filter((name, i) => name !== labels[i])
  return old.length === 0 ? bare : `sum without (${old.join(', ')}) (${bare})`
}
