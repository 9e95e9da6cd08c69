/** Aggregates, and a pod whose label changes, as Prometheus and an OTLP server see them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Store } from '../../../exporters/prometheus/store.ts'
import { encodeText } from '../../../exporters/prometheus/text.ts'
import { toExposition } from '../../../exporters/shared/prometheus/exposition.ts'
import type { LabelOptions } from '../../../exporters/shared/prometheus/label-options.ts'
import { encodeRequests } from '../../../otlp/protobuf/encode.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { UNRESOLVED_POD } from '../../../processors/k8s_attributes/resolver.ts'
import { encodeAll, labelOptions } from '../../exporters/prometheus/kit.ts'
import { parseSamples } from '../../exporters/prometheus/parse-text.ts'
import { eventually } from '../../kit/consumers.ts'
import { metricsBatch, type Row } from '../../kit/metrics.ts'
import { decodeOtlp, toOtlpPoints } from '../../kit/otlp.ts'
import { containerId, podUid, rawPod } from '../../kit/pods.ts'
import { containerRow, type Rig, startRig } from './rig.ts'

/** An exporter that is scraped after each batch. */
function createScraper(rig: Rig, options: LabelOptions = labelOptions('swoll')) {
  const onRemoved = () => {}
  const store = new Store({
    labels: options,
    expirationMs: 1e9,
    maxEndedRows: 100,
    clock: rig.clock,
    onRemoved,
  })
  return (batch: MetricsBatch) => {
    store.accept(batch)
    const { view } = store
    view.delivered()
    return [...parseSamples(encodeAll(encodeText, toExposition(view.blocks, options)).toString())]
      .map(([series, value]) => `${series} ${value}`)
      .toSorted()
  }
}

const ID = containerId('app')
const row = (calls: number, more: Partial<Row> = {}) =>
  containerRow(ID, podUid(1), calls, { name: 'read', start: 1n, ...more })
const pod = (label: string) =>
  rawPod({
    owner: { kind: 'ReplicaSet', name: 'web-abc' },
    labels: { 'pod-template-hash': 'abc', app: label },
  })
const LABELS = { labels: [{ key: 'app', tag_name: 'app' }] }

/** Batches before and after the pod got another label. */
async function relabel(rig: Rig, calls: readonly number[]): Promise<MetricsBatch[]> {
  const send = (n: number, i: number) =>
    rig.sendBatch(metricsBatch([row(n)], { time: BigInt(1000 * (i + 1)) }))
  const first = await send(calls[0]!, 0)
  rig.api.put(pod('new'))
  await eventually(async () => {
    const updated = (await rig.metrics())['otelsvc_k8s_pod_updated{processor=k8s_attributes}']
    return updated === 1
  })
  const batches = [first]
  for (const [i, n] of calls.slice(1).entries()) batches.push(await send(n, i + 1))
  return batches
}

const s = suite('backends')
s('prometheus: shows the workload without any setting, in both namings', async () => {
  for (const [naming, want] of [
    [
      'swoll',
      [
        'swoll_node_metrics_syscall_count{deployment="web",err="OK",namespace="shop",syscall="sys_read"} 5',
        'swoll_node_metrics_syscall_count{err="OK",pod="unresolved",syscall="sys_read"} 2',
      ],
    ],
    [
      'otel',
      [
        'swoll_syscall_calls_total{k8s_deployment_name="web",k8s_namespace_name="shop",otel_scope_name="swoll/receiver/ebpf",otel_scope_version="0.0.0",syscall_name="read"} 5',
        'swoll_syscall_calls_total{k8s_pod_name="unresolved",otel_scope_name="swoll/receiver/ebpf",otel_scope_version="0.0.0",syscall_name="read"} 2',
        'target_info{k8s_deployment_name="web",k8s_namespace_name="shop",k8s_node_name="node-a"} 1',
        `target_info{k8s_pod_name="${UNRESOLVED_POD.attributes['k8s.pod.name']}"} 1`,
      ],
    ],
  ] as const) {
    const config = { aggregate_to: 'workload', wait: '0s' } as const
    await using rig = await startRig({ config, prepare: api => api.put(pod('a')) })
    const stranger = containerRow(containerId('x'), podUid(9), 2, { start: 1n })
    const batch = await rig.sendBatch(metricsBatch([row(5), stranger]))
    assert.equal(createScraper(rig, labelOptions(naming))(batch), want)
  }
})
s('prometheus: has the old label for two more scrapes, and each call in one series', async () => {
  const resourceLabels = { pod: 'k8s.pod.name', app: 'app' }
  await using rig = await startRig({ config: { extract: LABELS }, prepare: api => api.put(pod('old')) })
  const scrape = createScraper(rig, labelOptions('swoll', { resourceLabels }))
  const series = (app: string, n: number) =>
    `swoll_node_metrics_syscall_count{app="${app}",err="OK",pod="web-0",syscall="sys_read"} ${n}`
  assert.equal((await relabel(rig, [5, 7, 8, 9, 10])).map(scrape), [
    [series('old', 5)],
    [series('new', 2), series('old', 5)],
    [series('new', 3), series('old', 5)],
    [series('new', 4)],
    [series('new', 5)],
  ])
})
s('prometheus: has one series that goes on where the label is not shown', async () => {
  await using rig = await startRig({ config: { extract: LABELS }, prepare: api => api.put(pod('old')) })
  const resourceLabels = { pod: 'k8s.pod.name' }
  const scrape = createScraper(rig, labelOptions('otel', { resourceLabels }))
  const shown = (await relabel(rig, [5, 7, 8, 9, 10])).map(scrape)
  assert.equal(
    shown.map(samples => samples[0]!.replace(/.* /, '')),
    ['5', '7', '8', '9', '10'],
  )
  assert.equal(
    shown.map(samples =>
      samples.filter(line => line.startsWith('target_info')).map(line => /app="(\w+)"/.exec(line)![1]),
    ),
    [['old'], ['new'], ['new'], ['new'], ['new']],
  )
})
s('otlp: has the old series once more without a value, and the new one since the batch before', async () => {
  await using rig = await startRig({ config: { extract: LABELS }, prepare: api => api.put(pod('old')) })
  const [, batch] = await relabel(rig, [5, 7])
  const requests = [...encodeRequests('metrics', batch!, { items: 1000, bytes: 2 ** 20 })]
  const points = requests.flatMap(({ bytes }) => toOtlpPoints(decodeOtlp(bytes)))
  assert.equal(
    points
      .map(({ resourceAttributes, ended, start, time, value }) => {
        return [resourceAttributes.app, start, time, ended ? 'no value' : value]
      })
      .toSorted(),
    [
      ['new', 1000n, 2000n, 2n],
      ['old', 1n, 2000n, 'no value'],
    ],
  )
})
s.run()
