/** A dashboard: rows of panels, laid out from left to right, with what all dashboards have in common. */
import { FLAVOURS, type Flavour } from '../promql/flavour.ts'
import { heightOf, type Link, type Panel, toPanel } from './panel.ts'
import { type Variable, type VariableName, variablesOf } from './variables.ts'

export type DashboardName = 'fleet' | 'namespace' | 'workload' | 'call' | 'agent'

export interface Row {
  readonly title: string
  readonly panels: readonly Panel[]
}

export interface Dashboard {
  readonly name: DashboardName
  readonly title: string
  readonly description: string
  readonly variables: readonly VariableName[]
  readonly rows: readonly Row[]
}

const COLUMNS = 24
const SCHEMA_VERSION = 39 // Grafana 10.4; later versions migrate it when they load it.

function uidOf({ id }: Flavour, name: DashboardName): string {
  return id === FLAVOURS[0] ? `swoll-${name}` : `swoll-${id}-${name}`
}

/**
 * A link that takes data source, time and `values` along: by the variable there, an expression of Grafana such as
 * `${__data.fields.namespace}`.
 */
export function linkTo(
  flavour: Flavour,
  name: DashboardName,
  values: Readonly<Record<string, string>>,
): Link {
  const chosen = Object.entries(values).map(([variable, value]) => `&var-${variable}=${value}`)
  const url = `/d/${uidOf(flavour, name)}?\${__url_time_range}&\${datasource:queryparam}${chosen.join('')}`
  return { title: `Show the ${name}`, url }
}

/** Returns the dashboard's classic JSON. */
export function toJson(flavour: Flavour, dashboard: Dashboard): Record<string, unknown> {
  return {
    uid: uidOf(flavour, dashboard.name),
    title: `${flavour.title}: ${dashboard.title}`,
    description: dashboard.description,
    tags: ['swoll', `swoll-${flavour.id}`],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-30m', to: 'now' },
    links: [toMenu(flavour)],
    annotations: { list: [ALERTS] },
    templating: { list: variablesOf(flavour, dashboard.variables) satisfies Variable[] },
    panels: layOut(dashboard.rows),
  }
}

/** A menu of the other dashboards of the flavour. */
function toMenu({ id }: Flavour): object {
  const what = { title: 'swoll', type: 'dashboards', tags: [`swoll-${id}`], asDropdown: true }
  return { ...what, includeVars: true, keepTime: true, icon: 'external link' }
}

/** Alerts of deploy/prometheus, where they began. */
const ALERTS = {
  name: 'Alerts',
  datasource: { type: 'prometheus', uid: '$datasource' },
  enable: true,
  iconColor: 'red',
  expr: 'ALERTS{alertname=~"Swoll.+", alertstate="firing"}',
  step: '60s',
  titleFormat: '{{alertname}}',
  tagKeys: 'alertname,namespace,workload,pod,container,syscall,node',
}

function layOut(rows: readonly Row[]): object[] {
  const laid: object[] = []
  let y = 0
  const place = (panel: object, width: number, height: number, x: number) =>
    laid.push({ id: laid.length + 1, ...panel, gridPos: { x, y, w: width, h: height } })
  for (const { title, panels } of rows) {
    place({ type: 'row', title, collapsed: false, panels: [] }, COLUMNS, 1, 0)
    y++
    let [x, height] = [0, 0]
    for (const panel of panels) {
      if (x + panel.width > COLUMNS) {
        y += height
        ;[x, height] = [0, 0]
      }
      place(toPanel(panel), panel.width, heightOf(panel), x)
      x += panel.width
      height = Math.max(height, heightOf(panel))
    }
    y += height
  }
  return laid
}
