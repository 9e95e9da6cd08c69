/** Metric and label names, in both namings. */
import type { MetricColumn } from '../../../pipeline/data/metrics.ts'
import type { Naming } from './resource-labels.ts'

/** `counter` covers the counters of the original swoll too, whose names lack `_total`: see hasTotal. */
export type Kind = 'counter' | 'gauge' | 'histogram' | 'info'

interface MetricName {
  /** Full name in the text and protobuf formats, `_total` included. */
  readonly name: string
  readonly kind: Kind
  /** The unit in the words of `name`, such as `seconds`; empty without a unit. */
  readonly unit: string
}

/** What a configuration changes of every name. */
export interface NameForm {
  /** Put in front of each name, with `_`; empty for nothing. */
  readonly namespace: string
  /** True: names end with their unit and, for counters, `_total`. Names of the original swoll are as they are. */
  readonly hasSuffixes: boolean
}

const USUAL: NameForm = { namespace: '', hasSuffixes: true }

/** The names of the original swoll, whose dashboards and queries keep working, and names like them of what it had not. */
const SWOLL_NAMES = new Map(
  Object.entries({
    'swoll.syscall.calls': 'swoll_node_metrics_syscall_count',
    'swoll.syscall.time': 'swoll_node_metrics_syscall_time',
    'swoll.syscall.in_flight.longest': 'swoll_node_metrics_syscall_in_flight_longest_seconds',
    'swoll.syscall.in_flight.calls': 'swoll_node_metrics_syscall_in_flight_count',
  }),
)

/** UCUM → words, the same as in the OpenTelemetry Collector's Prometheus components. */
const UNITS = new Map(
  Object.entries({
    ...{ d: 'days', h: 'hours', min: 'minutes', s: 'seconds' },
    ...{ ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' },
    ...{ By: 'bytes', KiBy: 'kibibytes', MiBy: 'mebibytes', GiBy: 'gibibytes', TiBy: 'tibibytes' },
    ...{ KBy: 'kilobytes', MBy: 'megabytes', GBy: 'gigabytes', TBy: 'terabytes' },
    ...{ m: 'meters', V: 'volts', A: 'amperes', J: 'joules', W: 'watts', g: 'grams' },
    ...{ Cel: 'celsius', Hz: 'hertz', '%': 'percent' },
  }),
)
const PER_UNITS = new Map(
  Object.entries({
    ...{ s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week', mo: 'month', y: 'year' },
  }),
)

/** The Prometheus name of a metric. */
export function toMetricName(metric: MetricColumn, naming: Naming, form = USUAL): MetricName {
  const kind = toKind(metric)
  const original = naming === 'swoll' ? SWOLL_NAMES.get(metric.name) : undefined
  const prefixed = (name: string) => (form.namespace === '' ? name : `${form.namespace}_${name}`)
  if (original !== undefined) return { name: sanitizeMetricName(prefixed(original)), kind, unit: '' }
  const clean = sanitizeMetricName(prefixed(metric.name))
  return form.hasSuffixes ? { kind, ...withSuffixes(clean, metric, kind) } : { name: clean, kind, unit: '' }
}

function withSuffixes(clean: string, metric: MetricColumn, kind: Kind): Pick<MetricName, 'name' | 'unit'> {
  const unit = metric.unit === '1' && metric.type === 'gauge' ? 'ratio' : toUnitWords(metric.unit)
  const bare = kind === 'counter' ? clean.replace(/_total$/, '') : clean
  const withUnit = unit === '' || bare.endsWith(`_${unit}`) ? bare : `${bare}_${unit}`
  return { name: kind === 'counter' ? `${withUnit}_total` : withUnit, unit }
}

function toKind(metric: MetricColumn): Kind {
  if (metric.type === 'sum') return metric.monotonic ? 'counter' : 'gauge'
  return metric.type === 'gauge' ? 'gauge' : 'histogram'
}

/** `By/s` → `bytes_per_second`; units in braces say what is counted and are left out, as are unknown characters. */
export function toUnitWords(unit: string): string {
  const [main = '', per = ''] = unit.split('/', 2).map(part => part.replace(/\{[^}]*\}/g, '').trim())
  const word = main === '1' ? '' : (UNITS.get(main) ?? main)
  const perWord = PER_UNITS.get(per) ?? per
  return cleanUnit(perWord === '' ? word : word === '' ? `per_${perWord}` : `${word}_per_${perWord}`)
}

const cleanUnit = (words: string) => words.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '')

/** Only characters a metric name may have, runs of others as one `_`. Never empty. */
export function sanitizeMetricName(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9:]+/g, '_')
  return /^[0-9]/.test(clean) || clean === '' ? `_${clean}` : clean
}

/** Only characters a label name may have. Never empty, never of the reserved form `__…`. */
export function sanitizeLabelName(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9]+/g, '_')
  return /^[0-9]/.test(clean) || clean === '' ? `key_${clean}` : clean
}

/** True for a counter named as OpenMetrics and `promtool check metrics` ask: `…_total`. */
export function hasTotal(metric: { readonly name: string; readonly kind: Kind }): boolean {
  return metric.kind === 'counter' && metric.name.endsWith('_total')
}
