/** Helm installs into a cluster of the tests, and what it renders can be checked by the server. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { requireAll } from '../../kit/skip.ts'
import type { ApiError, ApiObject } from '../kit/kubernetes/api.ts'
import { lacksCluster } from '../kit/kubernetes/cluster.ts'
import { runHelm } from '../kit/kubernetes/helm.ts'
import { withCluster } from '../kit/kubernetes/with-cluster.ts'

requireAll(lacksCluster())

/** Runs the test with a chart of one template. */
async function withChart(template: string, run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-chart-'))
  try {
    mkdirSync(join(folder, 'templates'))
    writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: small\nversion: 1.0.0\n')
    writeFileSync(join(folder, 'templates/all.yaml'), template)
    await run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const s = suite('helm')
s('installs a chart, and takes it away again', () =>
  withChart(
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {key: value}\n',
    chart =>
      withCluster(async cluster => {
        const path = '/api/v1/namespaces/default/configmaps/first'
        await runHelm(cluster, ['install', 'first', chart, '--wait'])
        const { data } = await cluster.api.get<{ readonly data: unknown }>(path)
        assert.equal(data, { key: 'value' })
        await runHelm(cluster, ['uninstall', 'first', '--wait'])
        assert.is(await cluster.api.get(path).catch(error => error.status), 404)
      }),
  ),
)
s('renders objects that the server can check without keeping them', () =>
  withChart(
    'apiVersion: v1\nkind: Service\nmetadata: {name: x, namespace: default}\nspec: {ports: [{port: {{ .Values.port }}}]}\n',
    chart =>
      withCluster(async cluster => {
        const check = async (port: number): Promise<unknown> => {
          const text = await runHelm(cluster, ['template', 'first', chart, '--set', `port=${port}`])
          return cluster.api.apply(parse(text) as ApiObject, { dryRun: true })
        }
        await check(80)
        const error = (await check(0).catch(error => error)) as ApiError
        assert.is(error.status, 422)
        assert.match(error.message, /spec\.ports\[0\]\.port: Invalid value: 0/)
        const path = '/api/v1/namespaces/default/services/x'
        assert.is(await cluster.api.get(path).catch(error => error.status), 404)
      }),
  ),
)
s.run()
