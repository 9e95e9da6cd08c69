/** The processor's own metrics: the Collector's names where it has them, else swoll's. */
import type { ObservableResult } from '@opentelemetry/api'
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { Signal } from '../../pipeline/component.ts'
import type { Meter } from '../../pipeline/telemetry.ts'
import { type Decision, UNRESOLVED_POD } from './resolver.ts'

interface Sizes {
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
  const attributes = { processor }
  const cleanups: (() => void)[] = []
  const resources = (name: string, description: string) =>
    meter.createCounter(`processor_k8sattributes_pod_association_${name}`, {
      unit: '{resource}',
      description,
    })
  const success = resources('success', 'Resources that were given the attributes of a pod')
  const error = resources('error', 'Resources of pods that are not known, or not yet')
  const [items, unit, what] = DROPPED[signal]
  const dropped = meter.createCounter(`processor_k8s_attributes_dropped_${items}`, {
    unit: `{${unit}}`,
    description: `${what} of pods that exclude::labels leaves out`,
  })
  const observe = (
    kind: 'Counter' | 'Gauge',
    name: string,
    [unit, description]: readonly [string, string],
    read: () => number,
  ) => {
    const instrument = meter[`createObservable${kind}`](name, { unit, description })
    const callback = (result: ObservableResult) => result.observe(read(), attributes)
    instrument.addCallback(callback)
    cleanups.push(() => instrument.removeCallback(callback))
  }
  return {
    decided(decisions) {
      const count = (isCounted: (decision: Decision) => boolean) => decisions.filter(isCounted).length
      success.add(
        count(decision => decision.kind === 'drop' || (decision.kind === 'send' && decision.isNamed)),
        attributes,
      )
      error.add(
        count(decision => decision.kind === 'hold' || isUnresolved(decision)),
        attributes,
      )
    },
    dropped: count => dropped.add(count, attributes),
    observe(store, sizes) {
      const of = (unit: string, description: string) => [unit, description] as const
      observe('Counter', 'otelsvc_k8s_pod_added', of('{pod}', 'Pods that came'), () => store.stats().added)
      observe(
        'Counter',
        'otelsvc_k8s_pod_updated',
        of('{pod}', 'Changes of pods'),
        () => store.stats().updated,
      )
      observe(
        'Counter',
        'otelsvc_k8s_pod_deleted',
        of('{pod}', 'Pods that went'),
        () => store.stats().deleted,
      )
      observe(
        'Gauge',
        'otelsvc_k8s_pod_table_size',
        of('{pod}', 'Pods known, deleted ones included'),
        () => store.index.size + store.index.deadPods,
      )
      const name = (rest: string) => `processor_k8s_attributes_${rest}`
      observe(
        'Counter',
        name('lists'),
        of('{list}', 'Complete lists of pods read'),
        () => store.stats().lists,
      )
      observe(
        'Counter',
        name('failures'),
        of('{failure}', 'Requests for pods that failed'),
        () => store.stats().failures,
      )
      observe(
        'Counter',
        name('received_bytes'),
        of('By', 'Bytes received from the API server'),
        () => store.stats().receivedBytes,
      )
      observe('Gauge', name('working'), of('1', '1: pods are kept up to date; 0: not now'), () =>
        Number(store.isSynced && !store.problem),
      )
      if (!sizes) return
      observe(
        'Gauge',
        name('held_resources'),
        of('{resource}', 'Containers whose series are held back until their pod is known'),
        () => sizes().held,
      )
      observe(
        'Gauge',
        name('unresolved_resources'),
        of('{resource}', 'Containers whose series are part of the pod unresolved'),
        () => sizes().unresolved,
      )
      observe(
        'Gauge',
        name('aggregates'),
        of('{resource}', 'Pods or workloads whose sums are sent, the pod unresolved among them'),
        () => sizes().aggregates,
      )
    },
    close() {
      for (const cleanup of cleanups.splice(0)) cleanup()
    },
  }
}
