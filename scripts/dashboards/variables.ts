/** The variables at the top of a dashboard, and what queries say of them. */
import type { Flavour, Label } from '../promql/flavour.ts'
import { WORKLOAD } from '../promql/workload.ts'

export type VariableName = Label | 'workload'

/** Grafana's JSON of a variable. */
export type Variable = Readonly<Record<string, unknown>> & { readonly name: string }

const TITLES: Readonly<Partial<Record<VariableName, string>>> = { err: 'errno', syscall: 'call' }
/** As the original's dashboard has them, and two between. */
const WINDOWS = ['5m', '15m', '1h', '6h', '12h', '24h']

/** What each variable leaves to choose from depends on those before it. */
export function variablesOf(flavour: Flavour, names: readonly VariableName[]): Variable[] {
  const chosen = names.map((name, i) => toQueryVariable(flavour, name, names.slice(0, i)))
  return [DATASOURCE, ...chosen, WINDOW]
}

/** Matchers by which a query selects as the variables say. */
export function scopeOf({ labels }: Flavour, names: readonly VariableName[]): string[] {
  return names.filter(isLabel).map(name => `${labels[name]}=~"$${name}"`)
}

const isLabel = (name: VariableName): name is Label => name !== 'workload'

const DATASOURCE: Variable = {
  name: 'datasource',
  label: 'data source',
  type: 'datasource',
  query: 'prometheus',
  current: {},
  hide: 0,
  refresh: 1,
}

const WINDOW: Variable = {
  name: 'ival',
  label: 'window of rates',
  type: 'interval',
  auto: false,
  query: WINDOWS.join(','),
  options: WINDOWS.map((text, i) => ({ text, value: text, selected: i === 0 })),
  current: { text: WINDOWS[0], value: WINDOWS[0] },
  hide: 0,
}

function toQueryVariable(flavour: Flavour, name: VariableName, before: readonly VariableName[]): Variable {
  const label = flavour.labels[isLabel(name) ? name : 'pod']
  const scope = scopeOf(flavour, before)
  const query = `label_values(${flavour.metrics.calls}{${scope.join(', ')}}, ${label})`
  return {
    name,
    label: TITLES[name] ?? name,
    type: 'query',
    datasource: { type: 'prometheus', uid: '$datasource' },
    definition: query,
    query: { query, refId: `variable-${name}`, qryType: 1 },
    regex: isLabel(name) ? '' : `/^${WORKLOAD}$/`,
    includeAll: true,
    allValue: '.*', // Matches rows without the label too: those of the host have no namespace.
    multi: true,
    current: { text: ['All'], value: ['$__all'] },
    refresh: 2,
    sort: 1,
    hide: 0,
  }
}
