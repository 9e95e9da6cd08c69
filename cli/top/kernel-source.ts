/** This kernel as a source: the receiver, names of pods where they can be had, and a history, in this process. */
import { createNoopMeter } from '@opentelemetry/api'
import { z } from 'zod'
import { openPods } from '../../kubernetes/pods/open.ts'
import { decodeOrigin } from '../../kubernetes/pods/origin.ts'
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { LabelRequirement } from '../../kubernetes/selectors/labels.ts'
import { loadConfig } from '../../otel-config/load.ts'
import { systemClock } from '../../pipeline/clock.ts'
import type { Factory, ProcessHost } from '../../pipeline/component.ts'
import { startDeadline } from '../../pipeline/deadline.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { createGraph } from '../../pipeline/graph/graph.ts'
import { Health } from '../../pipeline/health.ts'
import { createRegistry } from '../../pipeline/registry.ts'
import { detectResource } from '../../pipeline/resource-detection/detect.ts'
import { type Lease, Services } from '../../pipeline/services.ts'
import type { Logger } from '../../pipeline/telemetry.ts'
import { History } from '../../stats/history.ts'
import { loadRegistry } from '../components.ts'
import { choosePodSource, type PodOptions, type PodSourceChoice } from '../trace/pod-source.ts'
import { Losses } from './losses.ts'
import { selectByLabels } from './selected-source.ts'
import type { TopSource } from './source.ts'

/** An hour at one collection a second, of a node with many pods. */
const HISTORY_BYTES = 32 * 2 ** 20
const RETENTION_MS = 3_600_000
const SHUTDOWN_MS = 5000

interface KernelOptions {
  readonly pods: PodOptions
  /** Of pods; none: all calls, those of no pod too. */
  readonly requirements: readonly LabelRequirement[]
  readonly intervalMs: number
  /** Told what a log would be. */
  readonly warn: (text: string) => void
  readonly abort: AbortSignal
}

/** Counts from now on. Throws what the kernel and Kubernetes have against it. */
export async function openKernel(options: KernelOptions): Promise<TopSource> {
  const { requirements, intervalMs, warn, abort } = options
  const history = new History({ clock: systemClock, maxBytes: HISTORY_BYTES, retentionMs: RETENTION_MS })
  const choice = choosePodSource(options.pods, process.env)
  const origin = choice.kind === 'none' ? undefined : toOrigin(choice, options.pods.node)
  if (origin === undefined && requirements.length > 0) throw podsUnknown()
  const { plan, registry } = await planOf(configuration(origin, intervalMs), history)
  const services = new Services()
  let pods: Lease<PodStore> | undefined
  const losses = new Losses()
  const troubles = new Troubles(warn)
  const host = createHost(services, troubles)
  const meter = losses.watch(createNoopMeter())
  const graph = createGraph(plan, { registry, log: troubles.log, meter, host, services })
  await graph.start(abort)
  const source: TopSource = {
    name: `${detectResource().origin['host.name'] ?? 'this host'} (this kernel)`,
    async query(query, signal) {
      signal.throwIfAborted()
      if (troubles.failure !== undefined) throw troubles.failure
      await firstOf(history, signal)
      return history.query(query, signal)
    },
    problems: () => [...losses.problems(), ...troubles.recent()],
    async close() {
      using deadline = startDeadline(SHUTDOWN_MS)
      await pods?.release(deadline.signal)
      await graph.shutdown(deadline.signal)
    },
  }
  if (origin === undefined || requirements.length === 0) return source
  // The store that names the containers: equal settings lead to the same one.
  pods = await openPods(decodeOrigin(origin), { service: services.lease }, { clock: systemClock })
  const { index } = pods.value
  return selectByLabels(source, requirements, async () => [...index.all()])
}

async function planOf(described: object, history: History) {
  const all = await loadRegistry()
  const known = Object.values(all).flatMap(kind => [...kind.values()])
  const registry = createRegistry([...known, keepIn(history)])
  const { plan } = await loadConfig({ sources: [`yaml:${JSON.stringify(described)}`], registry, env: {} })
  return { plan, registry }
}

function podsUnknown(): SwollError {
  const lack = 'there is no --kubeconfig, service account, $KUBECONFIG or socket of a container runtime'
  return new SwollError(
    'KUBERNETES_CONFIG_INVALID',
    `pods: must be known to select them by label, and ${lack}`,
  )
}

/** Resolves once there are numbers: the first collection is an interval after the start. */
async function firstOf(history: History, abort: AbortSignal): Promise<void> {
  if (history.collections > 0) return
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  using cleanup = new DisposableStack()
  cleanup.defer(history.watch(resolve))
  const give = () => reject(abort.reason)
  abort.addEventListener('abort', give, { once: true })
  cleanup.defer(() => abort.removeEventListener('abort', give))
  await promise
}

/** An exporter of this command alone. */
function keepIn(history: History): Factory<unknown> {
  return {
    kind: 'exporters',
    type: 'top',
    description: 'Keeps numbers to be shown',
    stability: { metrics: 'stable' },
    config: z.strictObject({}),
    create: () => ({
      start: async () => {},
      shutdown: async () => {},
      consumers: {
        metrics: {
          mutates: false,
          async consume(batch) {
            history.take(batch)
          },
        },
      },
    }),
  }
}

type Origin = Parameters<typeof decodeOrigin>[0]

/** As it could stand in a file. Whoever looks on wants a name late rather than to wait for it. */
function configuration(origin: Origin | undefined, intervalMs: number): object {
  const processors = origin && { k8s_attributes: { ...origin, wait: '2s', unresolved: 'pass' } }
  return {
    receivers: { ebpf: { collection_interval: `${intervalMs}ms` } },
    processors: processors ?? {},
    exporters: { top: {} },
    service: {
      pipelines: {
        metrics: { receivers: ['ebpf'], processors: Object.keys(processors ?? {}), exporters: ['top'] },
      },
      telemetry: { metrics: { level: 'none' } },
    },
  }
}

function toOrigin(choice: PodSourceChoice, node: string | undefined): Origin {
  const named = { filter: node === undefined ? {} : { node } }
  switch (choice.kind) {
    case 'kubeconfig':
      return {
        ...named,
        auth_type: 'kubeConfig',
        ...(choice.path !== undefined && { kube_config_path: choice.path }),
      }
    case 'runtime':
      return { ...named, source: 'cri', cri: { endpoint: `unix://${choice.socket}`, interval: '2s' } }
    default:
      return named
  }
}

/** What components complain of, for a line of the screen. */
class Troubles {
  /** The error of a component that cannot go on. */
  failure: Error | undefined
  readonly #warn: (text: string) => void
  #last: { readonly text: string; readonly atMs: number } | undefined

  constructor(warn: (text: string) => void) {
    this.#warn = warn
  }

  readonly log: Logger = {
    debug: () => {},
    info: () => {},
    warn: (fields, message) => this.#keep(fields, message),
    error: (fields, message) => this.#keep(fields, message),
  }

  recent(): readonly string[] {
    const isRecent = this.#last !== undefined && systemClock.monotonicMs() - this.#last.atMs < RECENT_MS
    return isRecent ? [this.#last!.text] : []
  }

  #keep({ error }: Readonly<Record<string, unknown>>, message: string): void {
    const text = error instanceof Error ? `${message}: ${error.message}` : message
    this.#last = { text, atMs: systemClock.monotonicMs() }
    this.#warn(text)
  }
}

/** How long a complaint stands on the screen. */
const RECENT_MS = 10_000

function createHost(services: Services, troubles: Troubles): ProcessHost {
  const health = new Health(systemClock)
  return {
    report(status, cause) {
      if (status !== 'fatal') return
      troubles.failure ??=
        cause ?? new SwollError('COMPONENT_FAILED', 'a component failed without saying why')
    },
    retain: () => {},
    showConfig: async () => ({}),
    expectBeats: health.expectBeats,
    service: services.lease,
    health,
  }
}
