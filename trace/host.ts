/** A tracing session of this host. */

import { createRegistry, readHierarchy, tellV1Containers } from '../kernel/cgroups/host.ts'
import type { HostRoots } from '../kernel/cgroups/roots.ts'
import { checkRequirements, explainRefusal, readHostFacts } from '../kernel/requirements.ts'
import { Tracing } from '../kernel/tracing.ts'
import { systemClock } from '../pipeline/clock.ts'
import { type SessionLimits, TraceSession } from './session/session.ts'

export interface HostSessionOptions {
  /** Ring buffer of each CPU, bytes, a power of two; and most bytes kept while nobody takes them. */
  readonly ringBytes?: number
  readonly queueBytes?: number
  /** Most bytes of a string that is not a path, and of each buffer of data: 0, the default, copies none. */
  readonly stringLimit?: number
  readonly payloadLimit?: number
  /** Whether what descriptors refer to is copied (default: yes), and the environments of programs (no). */
  readonly hasDescriptors?: boolean
  readonly hasEnvironments?: boolean
  readonly limits?: Partial<SessionLimits>
  /** Where the file systems of the host are; absent: where they are without a container. */
  readonly roots?: HostRoots
}

const MIB = 2 ** 20

/** Loads the programs. Throws HOST_UNSUPPORTED, or a refusal by the kernel with its likely meaning. */
export function openSession(options: HostSessionOptions = {}): TraceSession {
  checkRequirements(readHostFacts())
  const hierarchy = readHierarchy(options.roots)
  const tracing = load(() => {
    return new Tracing({
      hierarchy,
      ringBytes: options.ringBytes ?? 2 * MIB,
      queueBytes: options.queueBytes ?? 128 * MIB,
      arch: process.arch,
      hasCgroups: true,
      stringLimit: options.stringLimit ?? 256,
      payloadLimit: options.payloadLimit ?? 0,
    })
  })
  const registry = createRegistry(hierarchy, () => systemClock.monotonicMs(), {
    named: tellV1Containers(hierarchy, tracing),
  })
  return new TraceSession({
    tracing,
    registry,
    clock: systemClock,
    monotonicNs: () => process.hrtime.bigint(),
    arch: process.arch,
    extras: {
      payload: (options.payloadLimit ?? 0) > 0,
      descriptors: options.hasDescriptors ?? true,
      environments: options.hasEnvironments ?? false,
    },
    ...(options.limits && { limits: options.limits }),
  })
}

function load<T>(open: () => T): T {
  try {
    return open()
  } catch (error) {
    throw explainRefusal(error)
  }
}
