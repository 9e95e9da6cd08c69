/** The chart of the house, rendered by Helm itself; no cluster is asked. */
import { execFileSync } from 'node:child_process'
import { parseAllDocuments, stringify } from 'yaml'
import { CHART } from '../../../kit/chart.ts'
import { Scratch } from '../../../kit/cli.ts'
import type { ApiObject } from './api.ts'
import { KUBERNETES_VERSION, programPath } from './programs.ts'

/** The objects, in the order in which Helm would make them, in the namespace `swoll`. Throws what Helm says. */
export function renderChart(values: object = {}, kubeVersion?: string): ApiObject[] {
  const text = renderFile(stringify(values), kubeVersion)
  return parseAllDocuments(text)
    .map(document => document.toJS() as ApiObject | null)
    .filter(object => object !== null)
}

/** Returns what Helm renders from a values file with this text. */
export function renderFile(text: string, kubeVersion = KUBERNETES_VERSION): string {
  using scratch = new Scratch()
  const file = scratch.write('values.yaml', text)
  const cluster = ['--namespace', 'swoll', '--kube-version', kubeVersion]
  return execFileSync(programPath('helm'), ['template', 'swoll', CHART, ...cluster, '--values', file], {
    encoding: 'utf8',
    stdio: 'pipe',
  })
}

/** The one object of a kind; undefined when there is none. */
export function findKind<T = ApiObject>(objects: readonly ApiObject[], kind: string): T | undefined {
  return objects.find(object => object.kind === kind) as T | undefined
}
