/** Traced calls of pods in a real store of logs, behind a real OpenTelemetry Collector: found by the names that Kubernetes gives. */
// Has for itself: pods (its agent counts those of the whole machine).
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { RunningCli, Scratch } from '../../kit/cli.ts'
import { lacksOtlpCollector, startOtlpCollector } from '../../kit/otlp-collector.ts'
import { lacksBpf, lacksCommand, lacksFile, lacksRoot, requireAll } from '../../kit/skip.ts'
import { watching } from '../kit/kubernetes/agent.ts'
import { lacksCluster, startCluster } from '../kit/kubernetes/cluster.ts'
import { CALLER_SYSCALL } from '../kit/kubernetes/image.ts'
import { runShortPods } from '../kit/kubernetes/short-pods.ts'
import { waitFor } from '../kit/kubernetes/wait.ts'
import { lacksVictoriaLogs, startVictoriaLogs } from '../kit/victoria-logs.ts'

requireAll(
  lacksRoot(),
  lacksBpf(),
  lacksCommand('runc'),
  lacksCommand('cc'),
  lacksFile(join(import.meta.dirname, '../../../native/build/swoll.node')),
  lacksOtlpCollector(),
  lacksVictoriaLogs(),
  lacksCluster(),
)

const NODE = 'node-1'
const FIELDS = ['k8s.namespace.name', 'k8s.pod.name', 'k8s.container.name', 'k8s.node.name']

const toConfig = (port: number, processor: object) => ({
  receivers: { ebpf: { trace: { syscalls: [CALLER_SYSCALL] } } },
  processors: { k8s_attributes: processor },
  exporters: { otlp_grpc: { endpoint: `http://127.0.0.1:${port}` } },
  service: {
    telemetry: { metrics: { level: 'none' } },
    pipelines: { logs: { receivers: ['ebpf'], processors: ['k8s_attributes'], exporters: ['otlp_grpc'] } },
  },
})

const stored = suite('logs of pods in a store behind a Collector')
stored('are found by namespace, pod, container and node', async () => {
  await using cluster = await startCluster({
    hasControllers: false,
    apiServerFlags: ['--disable-admission-plugins=ServiceAccount'], // nobody makes service accounts here
  })
  await waitFor('the namespace', () => cluster.api.get('/api/v1/namespaces/default'))
  await using store = await startVictoriaLogs()
  await using collector = await startOtlpCollector({ logsTo: store.otlpUrl })
  using scratch = new Scratch()
  const config = toConfig(collector.port, watching(cluster, { name: NODE }))
  using swoll = new RunningCli(['collector', '--config', scratch.write('agent.yaml', stringify(config))])
  await swoll.logged(/Everything is ready/)
  const pods = await runShortPods({
    api: cluster.api,
    node: NODE,
    folder: cluster.folder,
    pods: 7,
    perSecond: 7,
    lifeMs: [50, 500],
  })
  swoll.kill('SIGTERM')
  assert.is(await swoll.ended(), 0)

  const counts = pods.map(({ name, calls }) => [`default ${name} main ${NODE}`, calls])
  await store.shows(`syscall.name:=${CALLER_SYSCALL}`, FIELDS, Object.fromEntries(counts))
  const { name, calls } = pods[3]!
  await store.shows(`k8s.namespace.name:=default k8s.pod.name:=${name}`, ['thread.name'], { caller: calls })
})
stored.run()
