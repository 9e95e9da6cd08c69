/** Child of kubernetes.bench.ts: what one way of knowing the pods adds to a process. Prints one line of JSON; takes a line to go on. */
import { once } from 'node:events'
import type { z } from 'zod'
import type { config as Schema } from '../../processors/k8s_attributes/config.ts'

const [way = '', kubeconfig = ''] = process.argv.slice(2)
const rss = () => {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  return process.memoryUsage().rss
}
const NOWHERE = { mutates: false, async consume() {} }

/** Modules that every agent has loaded before. */
const { factory } = await import('../../processors/k8s_attributes/factory.ts')
const { createContext, never, nopHost } = await import('../kit/context.ts')
await import('../../pipeline/http/node-http.ts')
process.getBuiltinModule('node:https')
const before = rss()
let stop = async () => {}

if (way === 'processor') {
  const given: z.input<typeof Schema> = {
    auth_type: 'kubeConfig',
    kube_config_path: kubeconfig,
    filter: { node: 'node-a' },
    wait_for_metadata: true,
  }
  const processor = factory.create(createContext(factory.config.parse(given)), { metrics: NOWHERE })
  await processor.start(nopHost(), never)
  stop = () => processor.shutdown(never)
} else if (way === 'informer') {
  const { CoreV1Api, KubeConfig, makeInformer } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  config.loadFromFile(kubeconfig)
  const api = config.makeApiClient(CoreV1Api)
  const fieldSelector = 'spec.nodeName=node-a'
  const path = '/api/v1/pods'
  const informer = makeInformer(config, path, () => api.listPodForAllNamespaces({ fieldSelector }))
  const connected = new Promise(resolve => informer.on('connect', resolve))
  await informer.start()
  await connected
  stop = async () => informer.stop()
} else if (way === 'library') await import('@kubernetes/client-node')
else if (way === 'configuration') await import('@kubernetes/client-node/dist/config.js')

const startedUs = process.cpuUsage()
process.stdout.write(`${JSON.stringify({ addedMB: (rss() - before) / 1e6 })}\n`)
await once(process.stdin, 'data')
const { user, system } = process.cpuUsage(startedUs)
process.stdout.write(
  `${JSON.stringify({ addedMB: (rss() - before) / 1e6, cpuMs: (user + system) / 1000 })}\n`,
)
await stop()
process.exit(0)
