/** docs/kubernetes.md, and what Helm says after the installation: every command, in order, on a real kubelet and containerd. */
// Shares: pods.
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { CHART } from '../../kit/chart.ts'
import { Scratch } from '../../kit/cli.ts'
import { lacksBpf, lacksCommand, lacksFile, requireAll } from '../../kit/skip.ts'
import type { Api, ApiError } from '../kit/kubernetes/api.ts'
import { runHelm } from '../kit/kubernetes/helm.ts'
import { withLibraries } from '../kit/kubernetes/image.ts'
import { kubectl } from '../kit/kubernetes/kubectl.ts'
import { lacksNode } from '../kit/kubernetes/node.ts'
import { bundleAgent } from '../kit/kubernetes/swoll-image.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { sharingNode } from '../kit/kubernetes/with-cluster.ts'
import { commandsOf, makePrograms, type } from '../kit/page.ts'

const ROOT = join(import.meta.dirname, '../../..')
requireAll(lacksBpf(), lacksFile(join(ROOT, 'native/build/swoll.node')), lacksNode(), kubectl.lacks())
requireAll(lacksCommand('curl'), lacksCommand('bash'), lacksFile('/usr/bin/sleep'))

const SHOP = 'swoll.test/shop:1'
/** A Deployment whose pod opens a file ten times a second. */
const WEB = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          { name: 'main', image: SHOP, args: ['-c', 'while /usr/bin/sleep 0.1; do : </file; done'] },
        ],
      },
    },
  },
}

async function createShop(api: Api): Promise<void> {
  await api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  await waitFor('its account', () => api.get('/api/v1/namespaces/shop/serviceaccounts/default'))
  await api.create(WEB)
}

/** The lines that Helm shows indented. */
function commandsOfNotes(output: string): string {
  const lines = [...output.matchAll(/^ {2}((?:kubectl|curl) .*)$/gm)].map(([, line]) => line!)
  assert.ok(lines.length >= 9, output)
  const inBackground = (line: string) => `${line} >/dev/null &\nsleep 2`
  return lines.map(line => (line.includes('port-forward') ? inBackground(line) : line)).join('\n')
}

const s = suite('the page about Kubernetes')
const share = sharingNode(s)
share('works as it is written, and leaves nothing', async (cluster, node) => {
  using scratch = new Scratch()
  makePrograms(scratch.path)
  const image = await bundleAgent(node.folder)
  node.importImage({ ...image, name: 'docker.io/library/swoll:0.1.0' })
  const file = join(node.folder, 'file')
  copyFileSync(join(ROOT, 'LICENSE'), file)
  const files = { ...withLibraries('/bin/sh'), ...withLibraries('/usr/bin/sleep'), '/file': file }
  node.importImage({ name: SHOP, files, entrypoint: ['/bin/sh'] })
  await createShop(cluster.api)
  const kubeconfig = cluster.kubeconfig()
  const output = await type(commandsOf('docs/kubernetes.md'), {
    folder: scratch.path,
    kubeconfig,
    options: '-ex',
  })
  assert.match(output, /^web +sw-web-\w+ +\["openat"\] +Running/m)
  assert.is([...output.matchAll(/^\{.*"name":"openat".*"namespace":"shop".*\}$/gm)].length, 3, output)
  assert.is([...output.matchAll(/^\(.*\) openat\(/gm)].length, 3, output)
  assert.match(output, /^yes$/m)
  assert.match(output, /^-----BEGIN CERTIFICATE-----$/m)
  for (const path of ['/api/v1/namespaces/swoll', '/apis/tools.swoll.criticalstack.com/v1alpha1']) {
    const error = await waitFor('its end', () =>
      cluster.api.get(path).then(
        () => undefined,
        error => error,
      ),
    )
    assert.is((error as ApiError).status, 404)
  }
})
share('is met again in what Helm says', async cluster => {
  using scratch = new Scratch()
  makePrograms(scratch.path)
  const set = ['--set', 'api.enabled=true,controller.enabled=true', '--wait']
  const notes = await runHelm(cluster, [
    'install',
    'swoll',
    CHART,
    '-n',
    'swoll',
    '--create-namespace',
    ...set,
  ])
  const kubeconfig = cluster.kubeconfig()
  const output = await type(commandsOfNotes(notes), { folder: scratch.path, kubeconfig, options: '-ex' })
  assert.match(output, /^swoll_node_metrics_syscall_count\{/m)
  assert.match(output, /^yes$/m)
  assert.match(output, /job\.batch\/swoll-certificates-/)
  assert.match(output, /labelSelector\t?.*<Object>/)
})
s.run()
