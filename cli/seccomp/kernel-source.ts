/** This kernel as a source: counts, without an agent, for as long as it is told to. */
import { createNoopMeter } from '@opentelemetry/api'
import { systemClock } from '../../pipeline/clock.ts'
import type { Consumer, Host, Part } from '../../pipeline/component.ts'
import { leaseCoverage } from '../../pipeline/coverage.ts'
import type { Resource } from '../../pipeline/data/resource.ts'
import { startDeadline } from '../../pipeline/deadline.ts'
import { Health } from '../../pipeline/health.ts'
import { Services } from '../../pipeline/services.ts'
import { NO_STATUSES } from '../../pipeline/states.ts'
import { isMeant, type Observation, type Subject, type SubjectFilter } from '../../seccomp/api/observation.ts'
import { Observed } from '../../seccomp/observed.ts'
import type { KnownContainer, PodView } from '../../trace/requests/pod-view.ts'
import { loadRegistry } from '../components.ts'
import { createLogger } from '../logger.ts'
import { openPodsFor } from '../trace/open-pods.ts'
import { RuntimeTrace } from './runtime-trace.ts'

/** Short: so exactly is told when a call was seen. */
const INTERVAL = '1s'
const TAKE_MS = 50
const SHUTDOWN_MS = 10_000

interface KernelOptions {
  readonly hasArguments: boolean
  readonly kubeconfig: string | undefined
  readonly warn: (text: string) => void
  /** Called once calls are being counted. */
  readonly began: () => void
  /** Ends the watch. */
  readonly stop: AbortSignal
}

/** What was done until `stop`. Throws HOST_UNSUPPORTED, and what the kernel refuses. */
export async function observeKernel(filter: SubjectFilter, options: KernelOptions): Promise<Observation> {
  await using cleanup = new AsyncDisposableStack()
  const pods = await openPodsFor(
    { kind: 'all' },
    { kubeconfig: options.kubeconfig, cri: undefined, node: undefined },
    { clock: systemClock, abort: options.stop, warn: options.warn },
  )
  cleanup.defer(() => pods.close())
  const host = createHost(options.warn)
  const coverage = await leaseCoverage(host)
  const observed = new Observed({ coverage: coverage.value })
  const names = new Names(pods.view)
  const receiver = await createReceiver({
    mutates: false,
    async consume(batch) {
      names.look(batch.resources)
      observed.take(batch)
    },
  })
  await receiver.start(host, options.stop)
  const isOver = Promise.withResolvers<void>()
  if (options.stop.aborted) isOver.resolve()
  else options.stop.addEventListener('abort', () => isOver.resolve(), { once: true })
  const trace = await followRuntime(options, isOver.promise)
  // Last of all, so that all that was traced has been counted.
  using deadline = startDeadline(SHUTDOWN_MS)
  await receiver.shutdown(deadline.signal)
  const { subjects, ...rest } = observed.toObservation({}, trace)
  return { ...rest, subjects: subjects.map(names.put).filter(subject => isMeant(subject, filter)) }
}

/** Counting goes on already: nothing is told here that was not counted. */
async function followRuntime({ hasArguments, warn, began }: KernelOptions, isOver: Promise<void>) {
  const trace = new RuntimeTrace(hasArguments)
  using looking = new DisposableStack()
  looking.defer(systemClock.every(TAKE_MS, () => trace.take()))
  began()
  await isOver
  await trace.close()
  if (trace.lost > 0)
    warn(`${trace.lost} traced calls were lost: calls of the runtime may be taken for calls of containers`)
  return trace
}

async function createReceiver(metrics: Consumer<'metrics'>): Promise<Part> {
  const factory = (await loadRegistry()).receivers.get('ebpf')!
  const config = factory.config.parse({ collection_interval: INTERVAL }) as object
  const log = createLogger({ level: 'warn', encoding: 'console' })
  return factory.create({ id: 'ebpf', config, log, meter: createNoopMeter() }, { metrics })
}

function createHost(warn: (text: string) => void): Host {
  const health = new Health(systemClock)
  return {
    report(status, cause) {
      if (status !== 'ok') warn(`counting: ${cause?.message ?? status}`)
    },
    retain() {},
    showConfig: async () => ({}),
    expectBeats: health.expectBeats,
    service: new Services().lease,
    health,
    statuses: NO_STATUSES,
    extension() {
      throw new Error('nothing but the receiver runs here')
    },
  }
}

/** Names of containers, kept for those that are gone. */
class Names {
  readonly #view: PodView
  readonly #byContainer = new Map<string, KnownContainer>()

  constructor(view: PodView) {
    this.#view = view
  }

  look(resources: readonly Resource[]): void {
    for (const resource of resources) {
      const id = resource.attributes['container.id']
      if (id === undefined || this.#byContainer.has(String(id))) continue
      const known = this.#view.findName(resource)
      if (known) this.#byContainer.set(String(id), known)
    }
  }

  readonly put = (subject: Subject): Subject => {
    const known = this.#byContainer.get(subject.ids[0] ?? '')
    if (known === undefined) return subject
    const { namespace, pod, labels, container } = known
    const revision = labels['pod-template-hash'] ?? labels['controller-revision-hash']
    return {
      ...subject,
      namespace,
      pod,
      ...(container !== undefined && { container }),
      ...(revision !== undefined && { revision }),
    }
  }
}
