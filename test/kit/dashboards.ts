/** The dashboards of deploy/grafana as tests read them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../../deploy/grafana')
const FLAVOURS = ['swoll', 'otel', 'otlp'] as const
export type FlavourId = (typeof FLAVOURS)[number]
const NAMES = ['fleet', 'namespace', 'workload', 'call', 'agent'] as const

interface DashboardFile {
  readonly flavour: FlavourId
  /** From deploy/grafana. */
  readonly path: string
  readonly text: string
}

export function readDashboards(): DashboardFile[] {
  return FLAVOURS.flatMap(flavour =>
    NAMES.map(name => {
      const path = `${flavour}/${name}.json`
      return { flavour, path, text: readFileSync(join(FOLDER, path), 'utf8') }
    }),
  )
}
