/** The processor's own metrics: the Collector's names where it has them, else swoll's. */
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { Signal } from '../../pipeline/component.ts'
import { Instruments } from '../../pipeline/instruments.ts'
import type { Meter } from '../../pipeline/telemetry.ts'
import { type Decision, UNRESOLVED_POD } from './resolver.ts'

export interface Sizes {
  /** Resources on hold. */
  readonly held: number
  /** Resources that nobody knows, added up. */
  readonly unresolved: number
  /** Resources that others are added up in. */
  readonly aggregates: number
}

export interface Telemetry {
  /** Counts what became of the resources of a batch. */
  decided(decisions: readonly Decision[]): void
  /** Counts points, log records or spans. */
  dropped(items: number): void
  /** Starts to observe. `sizes`: of what holds series. */
  observe(store: PodStore, sizes?: () => Sizes): void
  /** Stops observing. Safe twice. */
  close(): void
}

/** Whether the decision is to add the resource to those that nobody knows. */
export function isUnresolved(decision: Decision): boolean {
  return decision.kind === 'send' && decision.resource.id === UNRESOLVED_POD.id
}

const DROPPED: { readonly [S in Signal]: readonly [name: string, unit: string, what: string] } = {
  metrics: ['points', 'datapoint', 'Points'],
  logs: ['log_records', 'record', 'Log records'],
  traces: ['spans', 'span', 'Spans'],
}

export function createTelemetry(meter: Meter, processor: string, signal: Signal): Telemetry {
  const own = new Instruments(meter, { processor })
  const association = 'processor_k8sattributes_pod_association'
  const success = own.counter(
    `${association}_success`,
    '{resource}',
    'Resources that were given the attributes of a pod',
  )
  const error = own.counter(
    `${association}_error`,
    '{resource}',
    'Resources of pods that are not known, or not yet',
  )
  const [items, unit, what] = DROPPED[signal]
  const dropped = own.counter(
    `processor_k8s_attributes_dropped_${items}`,
    `{${unit}}`,
    `${what} of pods that exclude::labels leaves out`,
  )
  return {
    decided(decisions) {
      const count = (isCounted: (decision: Decision) => boolean) => decisions.filter(isCounted).length
      success(count(decision => decision.kind === 'drop' || (decision.kind === 'send' && decision.isNamed)))
      error(count(decision => decision.kind === 'hold' || isUnresolved(decision)))
    },
    dropped,
    observe(store, sizes) {
      observeStore(own, store)
      if (sizes) observeSizes(own, sizes)
    },
    close: () => own.close(),
  }
}

function observeStore(own: Instruments, store: PodStore): void {
  own.readCounter('otelsvc_k8s_pod_added', '{pod}', 'Pods that came', put => put(store.stats().added))
  own.readCounter('otelsvc_k8s_pod_updated', '{pod}', 'Changes of pods', put => put(store.stats().updated))
  own.readCounter('otelsvc_k8s_pod_deleted', '{pod}', 'Pods that went', put => put(store.stats().deleted))
  own.readGauge('otelsvc_k8s_pod_table_size', '{pod}', 'Pods known, deleted ones included', put =>
    put(store.index.size + store.index.deadPods),
  )
  own.readCounter(name('lists'), '{list}', 'Complete lists of pods read', put => put(store.stats().lists))
  own.readCounter(name('failures'), '{failure}', 'Requests for pods that failed', put =>
    put(store.stats().failures),
  )
  own.readCounter(name('received_bytes'), 'By', 'Bytes received from the API server', put =>
    put(store.stats().receivedBytes),
  )
  own.readGauge(name('working'), '1', '1: pods are kept up to date; 0: not now', put =>
    put(Number(store.isSynced && !store.problem)),
  )
}

function observeSizes(own: Instruments, sizes: () => Sizes): void {
  const gauge = (rest: string, description: string, of: keyof Sizes) =>
    own.readGauge(name(rest), '{resource}', description, put => put(sizes()[of]))
  gauge('held_resources', 'Containers whose series are held back until their pod is known', 'held')
  gauge('unresolved_resources', 'Containers whose series are part of the pod unresolved', 'unresolved')
  gauge('aggregates', 'Pods or workloads whose sums are sent, the pod unresolved among them', 'aggregates')
}

function name(rest: string): string {
  return `processor_k8s_attributes_${rest}`
}
