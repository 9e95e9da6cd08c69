/** The generated parts of documents: tables made of what the program knows. */
import { globSync, readFileSync } from 'node:fs'
import { toRowLabels } from '../../exporters/shared/prometheus/labels.ts'
import { toMetricName } from '../../exporters/shared/prometheus/names.ts'
import { defaultResourceLabels, type Naming } from '../../exporters/shared/prometheus/resource-labels.ts'
import type { MetricTable } from '../../pipeline/data/metrics.ts'
import { EXPECTED_ERRORS, RECEIVING_CALLS, WAITING_CALLS } from '../../stats/noise.ts'
import { ADVICE } from './advice.ts'
import { ownMetrics } from './own-metrics.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const code = (text: string): string => (text === '' ? '' : `\`${cell(text)}\``)

/** A table in Markdown; the first row is its head. */
function toTable([head, ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head!), `|${'---|'.repeat(head!.length)}`, ...rows.map(line)].join('\n')
}

const METRIC =
  /type: '(sum|gauge|exponential_histogram)',\s+name: '(swoll\.[\w.]+)',\s+description: '([^']+)',\s+unit: '([^']+)'/g

/** What the receiver sends, as its sources name it. */
export function metricsTable(): string {
  const found = globSync('receiver/ebpf/**/*.ts').flatMap(path => [
    ...readFileSync(path, 'utf8').matchAll(METRIC),
  ])
  const rows = found.map(([, type, name, description, unit]) => {
    const column = { type, name, unit, monotonic: type === 'sum' } as never
    const names = (['swoll', 'otel'] as const).map(naming => code(toMetricName(column, naming).name))
    return [code(name!), cell(description!), type!.replace('_', ' '), code(unit!), ...names]
  })
  return toTable([['Metric', 'Meaning', 'Type', 'Unit', '`naming: swoll`', '`naming: otel`'], ...rows.sort()])
}

const ATTRIBUTES: Readonly<Record<string, string>> = {
  'syscall.name': 'the call, by its name in the kernel',
  'syscall.class': 'its class, by the `syscall` processor',
  'syscall.group': 'its group within the class, by the same',
  'error.type': 'the errno by name, where the call failed',
  'syscall.outcome': 'how it ended, where it did not return: `restarted`, `killed`, `no_return`, `denied`',
  'syscall.abi': 'the ABI, where it is not that of the machine: `i386`, `x32`, `arm`',
  'otel.metric.overflow': '`true`: the sum of series that a limit left no place for',
}

function labelOf(key: string, naming: Naming): string {
  const column = { key, values: ['x'], codes: new Uint8Array(1) }
  const table = {
    scope: { name: '', version: '' },
    rows: 1,
    resource: new Uint32Array(1),
    attributes: [column],
    metrics: [{ type: 'sum' }],
  }
  const options = { naming, constLabels: {}, resourceLabels: {} }
  const groups = toRowLabels([], table as unknown as MetricTable, options)
  const names = groups.flatMap(({ labels }) => labels.flat().map(([name]) => name))
  return names.find(name => name !== 'err') ?? 'err' // a row with a call has an error, if only that there is none
}

/** Attributes of rows and resources, with their labels in both namings. */
export function attributesTable(): string {
  const own = Object.entries(ATTRIBUTES).map(([key, meaning]) => [
    code(key),
    meaning,
    code(labelOf(key, 'swoll')),
    code(labelOf(key, 'otel')),
  ])
  const otel = Object.entries(defaultResourceLabels('otel'))
  const sources = (label: unknown) =>
    [label]
      .flat()
      .map(source => (typeof source === 'string' ? source : (source as { attribute: string }).attribute))
  const swoll = Object.entries(defaultResourceLabels('swoll'))
  const resources = otel.map(([label, source]) => {
    const [attribute] = sources(source)
    const isPodless = typeof source === 'object'
    const match = swoll.find(([, other]) => sources(other).includes(attribute!))
    return [
      code(attribute!),
      isPodless ? 'of what has no pod: sums of workloads' : 'whose calls',
      code(match?.[0] ?? ''),
      code(label),
    ]
  })
  return toTable([
    ['Attribute', 'Meaning', 'Label, `naming: swoll`', 'Label, `naming: otel`'],
    ...own,
    ...resources,
  ])
}

/** The agent's metrics of itself, with what to do. */
export function ownMetricsTable(): string {
  const rows = ownMetrics().map(({ name, type, unit, description }) => {
    const bare = name.replace('otelcol_', '')
    const advice = Object.entries(ADVICE).find(([start]) => bare.startsWith(start))?.[1] ?? ''
    return [code(name), type, code(unit), cell(description), advice]
  })
  return toTable([['Metric', 'Type', 'Unit', 'Meaning', 'What to do'], ...rows])
}

interface Schema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
}

const typeOf = ({ type, anyOf, const: constant }: Schema): string =>
  constant !== undefined
    ? JSON.stringify(constant)
    : [type].flat().filter(Boolean).join(' or ') || (anyOf ?? []).map(typeOf).filter(Boolean).join(' or ')

function fieldsOf(schema: Schema, prefix = ''): string[][] {
  const { properties = {} } = schema
  return Object.entries(properties).flatMap(([key, value]) => {
    const inner = value.properties ? value : (value.anyOf?.find(each => each.properties) ?? value.items)
    const name = `${prefix}${key}${value.items ? '[]' : ''}`
    const row = [code(name), cell(typeOf(value)), cell(value.description ?? '')]
    return [row, ...(inner?.properties ? fieldsOf(inner, `${name}.`) : [])]
  })
}

/** The members of each kind of line of `-o json`, by the schema in docs/. */
export function eventsTables(): string {
  const { oneOf } = JSON.parse(readFileSync('docs/trace-event.schema.json', 'utf8')) as { oneOf: Schema[] }
  return oneOf
    .map(schema => {
      const kind = String(schema.properties?.type?.const)
      return `### Lines of the type ${kind}\n\n${toTable([['Member', 'Type', 'Meaning'], ...fieldsOf(schema)])}`
    })
    .join('\n\n')
}

/** Which errors are to be expected of which calls, and why. */
export function expectedErrorsTable(): string {
  const list = (names: readonly string[]) => names.map(code).join(', ')
  const rows = EXPECTED_ERRORS.map(({ errors, syscalls, why }) => [
    list(errors),
    syscalls ? list(syscalls) : 'any call',
    cell(why),
  ])
  return toTable([['Error', 'Of', 'Why it is normal'], ...rows])
}

export function waitingCalls(): string {
  return `${WAITING_CALLS.map(code).join(', ')}.`
}

export function receivingCalls(): string {
  return `${RECEIVING_CALLS.map(code).join(', ')}.`
}
