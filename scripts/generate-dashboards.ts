/**
 * Writes the dashboards of deploy/grafana, one folder per flavour of names, and the copies of them, on one line, that the chart has.
 *
 *   node scripts/generate-dashboards.ts
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { agent } from './dashboards/agent.ts'
import { call } from './dashboards/call.ts'
import { type Dashboard, type DashboardName, toJson } from './dashboards/dashboard.ts'
import { fleet } from './dashboards/fleet.ts'
import { namespace } from './dashboards/namespace.ts'
import { workload } from './dashboards/workload.ts'
import { FLAVOUR, FLAVOURS, type Flavour } from './promql/flavour.ts'

const DEPLOY = join(import.meta.dirname, '../deploy')

const ALL: Readonly<Record<DashboardName, (flavour: Flavour) => Dashboard>> = {
  fleet,
  namespace,
  workload,
  call,
  agent,
}

/** Texts by path. */
export function renderDashboards(): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  for (const id of FLAVOURS)
    for (const [name, create] of Object.entries(ALL)) {
      const json = toJson(FLAVOUR[id], create(FLAVOUR[id]))
      texts.set(join(DEPLOY, 'grafana', id, `${name}.json`), `${JSON.stringify(json, null, 2)}\n`)
      texts.set(join(DEPLOY, 'helm/swoll/files/grafana', id, `${name}.json`), `${JSON.stringify(json)}\n`)
    }
  return texts
}

if (import.meta.main)
  for (const [path, text] of renderDashboards()) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
