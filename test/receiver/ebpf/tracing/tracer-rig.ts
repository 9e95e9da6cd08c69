/** The tracing part of the receiver, over a kernel side and a store of pods that a test writes. */

import { rootsPlace } from '../../../../kernel/cgroups/place.ts'
import { CgroupRegistry } from '../../../../kernel/cgroups/registry.ts'
import { openPods } from '../../../../kubernetes/pods/open.ts'
import type { PodOrigin } from '../../../../kubernetes/pods/origin.ts'
import { PodStore } from '../../../../kubernetes/pods/pod-store.ts'
import type { PodSink } from '../../../../kubernetes/pods/source.ts'
import type { Consumers } from '../../../../pipeline/component.ts'
import type { Meter } from '../../../../pipeline/telemetry.ts'
import { config } from '../../../../receiver/ebpf/config.ts'
import { EbpfTracer, type TraceMachine } from '../../../../receiver/ebpf/tracing/tracer.ts'
import { ALL_EXTRAS } from '../../../../syscalls/decode/copies.ts'
import { TraceSession } from '../../../../trace/session/session.ts'
import { fakeClock } from '../../../kit/clock.ts'
import { createContext, nopMeter } from '../../../kit/context.ts'
import { FakeTracing } from '../../../trace/session/fake-tracing.ts'

export interface TracerRigOptions {
  readonly meter?: Meter
  readonly id?: string
  /** Rigs of one process with the same name here share a kernel side. */
  readonly session?: string | undefined
  /** Whether pods come from where the configuration says, instead of `pods`. */
  readonly hasRealPods?: boolean
  /** Cgroups that are there at the start. */
  readonly tree?: readonly (readonly [key: number, path: string])[]
}

const SSH = [[1, '/system.slice/ssh.service']] as const

export function tracerRig(trace: object, next: Consumers, options: TracerRigOptions = {}) {
  const { meter = nopMeter, id = 'test', session = '', tree = SSH, hasRealPods = false } = options
  const tracing = new FakeTracing()
  const clock = fakeClock()
  const monotonicNs = () => BigInt(Math.round(clock.monotonicMs() * 1e6))
  const open = () => {
    const registry = new CgroupRegistry({
      nowMs: () => clock.monotonicMs(),
      pathOf: () => undefined,
      uidOf: () => undefined,
      *walk() {
        for (const [key, path] of tree) yield { key, place: rootsPlace(path) }
      },
      isWholeTree: true,
    })
    return new TraceSession({ tracing, registry, clock, monotonicNs, arch: 'x64', extras: ALL_EXTRAS })
  }
  const pods = new FakePods(clock)
  const tracer = new EbpfTracer(createContext(config.parse({ trace }), { meter, id }), next, {
    clock,
    leaseSession: host => host.service(`trace session ${session}`, open),
    openPods: hasRealPods ? openPods : pods.open,
    monotonicNs,
    detectOrigin: ({ enabled }) => (enabled ? ORIGIN : undefined),
  })
  return { tracing, clock, tracer, pods }
}

/** Attributes of the host of all traced calls. */
export const ORIGIN = { 'host.name': 'node-a', 'service.instance.id': 'node-a' }

/** A store whose source is the test. */
class FakePods {
  readonly store: PodStore
  /** Requests of those who have a lease now. */
  readonly leases = new Set<PodOrigin>()
  isRead = false

  constructor(clock: ReturnType<typeof fakeClock>) {
    const source = {
      run: async (_: PodSink) => {
        this.isRead = true
      },
      refresh() {},
    }
    this.store = new PodStore({ source, clock, graceMs: 60_000 })
  }

  readonly open: TraceMachine['openPods'] = async asked => {
    this.leases.add(asked)
    return { value: this.store, release: async () => void this.leases.delete(asked) }
  }
}
