/** The processor in front of a sink, fed from an API server of the test kit. */
import type { z } from 'zod'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { config } from '../../../processors/k8s_attributes/config.ts'
import { K8sAttributes } from '../../../processors/k8s_attributes/processor.ts'
import { type FakeClock, fakeClock } from '../../kit/clock.ts'
import { type Sink, settled, sink } from '../../kit/consumers.ts'
import { createContext, never, recordingHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { writeKubeconfig } from '../../kit/kubeconfig.ts'
import { KubernetesApi, type KubernetesApiOptions } from '../../kit/kubernetes-api.ts'
import { metricsBatch, type Point, type Row, toPoints } from '../../kit/metrics.ts'

export interface Rig extends AsyncDisposable {
  readonly api: KubernetesApi
  readonly clock: FakeClock
  readonly next: Sink
  readonly host: ReturnType<typeof recordingHost>
  readonly log: ReturnType<typeof recordingLogger>
  /** Sends rows; gives the points that came out. */
  send(rows: readonly Row[], time?: bigint): Promise<Point[]>
  sendBatch(batch: MetricsBatch): Promise<MetricsBatch>
  /** Waits until a look at the pods has shown so many of them. */
  pods(count: number): Promise<void>
  metrics(): Promise<Record<string, number>>
  shutdown(): Promise<void>
}

export interface RigOptions {
  readonly config?: z.input<typeof config>
  readonly api?: KubernetesApiOptions
  /** Called before the processor starts. */
  readonly prepare?: (api: KubernetesApi) => void
}

/** Started, and waiting for nothing unless the configuration says so: by default for the first list. */
export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const { api, clock, host, log, read, context } = await prepareRig(options)
  const next = sink()
  const processor = new K8sAttributes(context, next, clock)
  await processor.start(host, never)
  const sendBatch = async (batch: MetricsBatch) => {
    await processor.consume(batch, never)
    return next.batches.at(-1)!
  }
  const shutdown = () => processor.shutdown(never)
  return {
    api,
    clock,
    next,
    host,
    log,
    sendBatch,
    send: async (rows, time = 2000n) => toPoints(await sendBatch(metricsBatch(rows, { time }))),
    async pods(count) {
      while ((await read())['otelsvc_k8s_pod_table_size{processor=k8s_attributes}'] !== count) await settled()
    },
    metrics: read,
    shutdown,
    async [Symbol.asyncDispose]() {
      await shutdown()
      await api.stop()
    },
  }
}

/** An API server, and what a processor that asks it is created with. */
export async function prepareRig(options: RigOptions = {}) {
  const api = await KubernetesApi.start(options.api)
  options.prepare?.(api)
  const log = recordingLogger()
  const { meter, read } = recordingMeter()
  const given = {
    auth_type: 'kubeConfig',
    kube_config_path: writeKubeconfig({ server: api.url }),
    wait_for_metadata: true,
    ...options.config,
    filter: { node: 'node-a', ...options.config?.filter },
  } as const
  const context = createContext(config.parse(given), { id: 'k8s_attributes', meter, log })
  return { api, clock: fakeClock(), host: recordingHost(), log, read, context }
}

/** A row of a container as the ebpf receiver has it. */
export function containerRow(
  id: string,
  podUid: string | undefined,
  calls: number,
  more: Partial<Row> & { readonly name?: string } = {},
): Row {
  const attributes = { 'container.id': id, ...(podUid !== undefined && { 'k8s.pod.uid': podUid }) }
  const { name = 'read', ...rest } = more
  return {
    resource: { id: `container:containerd:${id}`, attributes },
    attributes: { 'syscall.name': name },
    values: { 'swoll.syscall.calls': calls },
    ...rest,
  }
}

/** `pod/container: calls` of each point. */
export function summarize(points: readonly Point[]): string[] {
  return points.map(({ resourceAttributes: a, value }) => {
    const pod = a['k8s.pod.name'] ?? '?'
    return `${pod}/${a['k8s.container.name'] ?? ''}: ${value}`
  })
}
