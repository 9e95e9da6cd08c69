/**
 * The labels of a table's rows, by dictionary: those of the resource first, then those of the attributes. So 100,000
 * rows cost a few hundred label texts.
 */
import {
  type AttributeColumn,
  isOfGauges,
  type MetricTable,
  type Resource,
} from '../../../pipeline/data/metrics.ts'
import { toIdentityLabels } from './identity-labels.ts'
import { type LabelColumn, type LabelGroup, toLabelGroups } from './label-columns.ts'
import { type LabelOptions, showsTarget } from './label-options.ts'
import { sanitizeLabelName } from './names.ts'
import { splitTaken } from './promoted-columns.ts'
import { toLabels, toLabelValue } from './resource-labels.ts'

/** Attributes of the syscall metrics in the terms of the original swoll, in the order of their labels. */
const SWOLL_LABELS: Readonly<Record<string, { readonly name: string; readonly prefix?: string }>> = {
  'syscall.name': { name: 'syscall', prefix: 'sys_' },
  'syscall.class': { name: 'class' },
  'syscall.group': { name: 'group' },
  'error.type': { name: 'err' },
  'syscall.outcome': { name: 'outcome' },
  'syscall.abi': { name: 'abi' },
}
const ORDER = Object.keys(SWOLL_LABELS)

/** Labels of each row: constant, resource, scope, then its attributes, the syscall ones first, others by key. */
export function toRowLabels(
  resources: readonly Resource[],
  table: MetricTable,
  options: LabelOptions,
): LabelGroup[] {
  const isOtel = options.naming === 'otel'
  const { name: otel_scope_name, version: otel_scope_version } = table.scope
  const scope = isOtel && !options.withoutScope ? toLabels({ otel_scope_name, otel_scope_version }) : []
  const labels = resources.map(({ attributes }) => [...toIdentityLabels(attributes, options), ...scope])
  const resource = { codes: table.resource, labels }
  const attributes = isOtel ? table.attributes : withSuccess(table)
  const columns = inOrder(attributes).map(column => toLabelColumn(column, options))
  return [resource, ...toLabelGroups(options.promoted ? splitTaken(columns, resource) : columns)]
}

function inOrder(columns: readonly AttributeColumn[]): AttributeColumn[] {
  const rank = ({ key }: AttributeColumn) => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length)
  return columns.toSorted((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1))
}

const TARGET: readonly string[] = ['job', 'instance']
const SCOPE: readonly string[] = ['otel_scope_name', 'otel_scope_version']

/** A name that a constant, resource or scope label has gets the prefix that Prometheus gives in that case. */
function toLabelColumn({ key, codes, values }: AttributeColumn, options: LabelOptions): LabelColumn {
  const known = options.naming === 'swoll' && Object.hasOwn(SWOLL_LABELS, key) ? SWOLL_LABELS[key] : undefined
  const isTaken = (name: string) =>
    name === 'le' ||
    Object.hasOwn(options.constLabels, name) ||
    Object.hasOwn(options.resourceLabels, name) ||
    (showsTarget(options) && TARGET.includes(name)) ||
    (options.naming === 'otel' && SCOPE.includes(name))
  let name = known?.name ?? sanitizeLabelName(key)
  while (isTaken(name)) name = `exported_${name}`
  const prefix = known?.prefix ?? ''
  return { name, codes, values: values.map(v => (v === undefined ? '' : prefix + toLabelValue(v))) }
}

/**
 * With the names of the original swoll, success is `err="OK"`, not the absence of a label. Rows that hold what a cardinality limit
 * folded together are of many outcomes, and so have no `err`.
 */
function withSuccess(table: MetricTable): readonly AttributeColumn[] {
  const column = (key: string) => table.attributes.find(attribute => attribute.key === key)
  // A call in flight has not succeeded yet.
  if (!column('syscall.name') || isOfGauges(table)) return table.attributes
  const error = column('error.type')
  const values = error?.values ?? [undefined]
  const codes = error?.codes ?? new Uint8Array(table.rows)
  const overflow = column('otel.metric.overflow')
  const success: AttributeColumn = {
    key: 'error.type',
    values: [...values.map(value => value ?? 'OK'), undefined],
    codes: overflow
      ? Uint32Array.from(codes, (code, row) => {
          const isFolded = values[code] === undefined && overflow.values[overflow.codes[row]!] === true
          return isFolded ? values.length : code
        })
      : codes,
  }
  return [...table.attributes.filter(attribute => attribute !== error), success]
}
