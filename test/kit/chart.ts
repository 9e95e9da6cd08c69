/** The Helm chart as tests read it, without Helm. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export const CHART = join(import.meta.dirname, '../../deploy/helm/swoll')

interface ChartValues {
  readonly config: Record<string, unknown>
  readonly ports: { readonly metrics: number; readonly telemetry: number; readonly health: number }
  readonly [key: string]: unknown
}

export function readChartValues(): ChartValues {
  return parse(readChartFile('values.yaml'))
}

export function readChartFile(name: string): string {
  return readFileSync(join(CHART, name), 'utf8')
}
