/** One panel as its author describes it, and as Grafana has it in classic JSON. */

interface Query {
  readonly expr: string
  /** Names a line, such as `{{pod}}`. */
  readonly legend?: string
}

interface Column {
  /** The label or, for the values of query number n, `n`. */
  readonly of: string | number
  readonly title: string
  readonly unit?: string
  /** Where a click on a value leads. */
  readonly link?: Link
}

export interface Link {
  readonly title: string
  readonly url: string
}

export interface Panel {
  readonly title: string
  /** Tells a reader the meaning, and when to worry. */
  readonly description: string
  readonly kind: 'lines' | 'stacked' | 'stat' | 'table' | 'durations' | 'rows'
  /** Columns of 24. */
  readonly width: number
  readonly unit: string
  readonly queries: readonly Query[]
  readonly columns?: readonly Column[]
  readonly link?: Link
  /** A value from which it is bad. */
  readonly bad?: number
}

const DATASOURCE = { type: 'prometheus', uid: '$datasource' }
const HEIGHTS: Readonly<Record<Panel['kind'], number>> = {
  stat: 4,
  lines: 8,
  stacked: 8,
  durations: 8,
  rows: 8,
  table: 9,
}
const TYPES = {
  lines: 'timeseries',
  stacked: 'timeseries',
  stat: 'stat',
  table: 'table',
  durations: 'heatmap',
  rows: 'heatmap',
} as const

export function heightOf({ kind }: Panel): number {
  return HEIGHTS[kind]
}

/** Returns the panel's JSON, less its place. */
export function toPanel(panel: Panel): Record<string, unknown> {
  const overrides = (panel.columns ?? []).map(column => toOverride(column, panel))
  return {
    type: TYPES[panel.kind],
    title: panel.title,
    description: panel.description,
    datasource: DATASOURCE,
    targets: panel.queries.map((query, i) => toTarget(panel, query, i)),
    fieldConfig: { defaults: toDefaults(panel), overrides },
    options: toOptions(panel),
    ...(panel.kind === 'table' && { transformations: toTransformations(panel) }),
  }
}

const refOf = (i: number) => String.fromCharCode(65 + i)

function toTarget({ kind }: Panel, { expr, legend }: Query, i: number): object {
  const isInstant = kind === 'table' || kind === 'stat'
  return {
    refId: refOf(i),
    datasource: DATASOURCE,
    editorMode: 'code',
    expr,
    format: kind === 'table' ? 'table' : kind === 'durations' ? 'heatmap' : 'time_series',
    instant: isInstant,
    range: !isInstant,
    ...(legend !== undefined && { legendFormat: legend }),
  }
}

function toDefaults({ kind, unit, link, bad }: Panel): object {
  const steps = [
    { color: 'green', value: null },
    ...(bad === undefined ? [] : [{ color: 'red', value: bad }]),
  ]
  const custom = {
    ...(kind === 'lines' && { drawStyle: 'line', fillOpacity: 5, showPoints: 'never' }),
    ...(kind === 'stacked' && {
      drawStyle: 'line',
      fillOpacity: 30,
      showPoints: 'never',
      stacking: { mode: 'normal', group: 'A' },
    }),
  }
  return {
    unit,
    noValue: 'none',
    ...(kind !== 'durations' && { min: 0 }),
    color: { mode: kind === 'stat' ? 'thresholds' : 'palette-classic' },
    thresholds: { mode: 'absolute', steps },
    custom,
    ...(link && { links: [link] }),
  }
}

function toOptions({ kind, unit, columns = [] }: Panel): object {
  const first = columns.find(({ of }) => typeof of === 'number')
  if (kind === 'stat')
    return { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false }, graphMode: 'none' }
  if (kind === 'table')
    return {
      showHeader: true,
      cellHeight: 'sm',
      sortBy: first ? [{ displayName: first.title, desc: true }] : [],
    }
  if (kind === 'durations' || kind === 'rows')
    return {
      calculate: false,
      color: { mode: 'scheme', scheme: 'Spectral', exponent: 0.5, steps: 64, reverse: true },
      tooltip: { mode: 'single', yHistogram: kind === 'durations' },
      yAxis: { axisPlacement: 'left', ...(kind === 'durations' && { unit }) },
    }
  return {
    legend: { displayMode: 'table', placement: 'right', calcs: ['mean', 'max'] },
    tooltip: { mode: 'multi', sort: 'desc' },
  }
}

/** The name that Grafana gives a column: values of a table's only query are `Value`, those of several `Value #A` and on. */
function fieldOf({ of }: Column, { queries }: Panel): string {
  if (typeof of === 'string') return of
  return queries.length === 1 ? 'Value' : `Value #${refOf(of)}`
}

function toOverride(column: Column, panel: Panel): object {
  const properties = [
    { id: 'displayName', value: column.title },
    ...(column.unit ? [{ id: 'unit', value: column.unit }] : []),
    ...(column.link ? [{ id: 'links', value: [column.link] }] : []),
  ]
  return { matcher: { id: 'byName', options: fieldOf(column, panel) }, properties }
}

function toTransformations(panel: Panel): object[] {
  const names = (panel.columns ?? []).map(column => fieldOf(column, panel))
  return [
    ...(panel.queries.length > 1 ? [{ id: 'merge', options: {} }] : []),
    { id: 'filterFieldsByName', options: { include: { names } } },
    { id: 'organize', options: { indexByName: Object.fromEntries(names.map((name, i) => [name, i])) } },
  ]
}
