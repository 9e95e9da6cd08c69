/** Tracing sessions of this host. */

import { createRegistry, readHierarchy, tellV1Containers } from '../kernel/cgroups/host.ts'
import type { HostRoots } from '../kernel/cgroups/roots.ts'
import { load } from '../kernel/requirements.ts'
import { Tracing } from '../kernel/tracing.ts'
import { systemClock } from '../pipeline/clock.ts'
import type { Host } from '../pipeline/component.ts'
import type { Lease } from '../pipeline/services.ts'
import type { TraceLimits } from './requests/request.ts'
import { TraceSession } from './session/session.ts'

/** Options of a session. All who subscribe get the same parts of calls copied: by default 256 bytes of strings, descriptors, and nothing else. */
export interface HostSessionOptions extends Partial<Omit<TraceLimits, 'callsPerSecond'>> {
  /** Ring buffer of each CPU, bytes, a power of two; and most bytes kept while nobody takes them. */
  readonly ringBytes?: number
  readonly queueBytes?: number
  /** Where the file systems of the host are; absent: where they are without a container. */
  readonly roots?: HostRoots
}

const MIB = 2 ** 20

/** Loads the programs. Throws HOST_UNSUPPORTED, or a refusal by the kernel with its likely meaning. */
export function openSession(options: HostSessionOptions = {}): TraceSession {
  const { stringBytes = 256, payloadBytes = 0, descriptors = true, environments = false } = options
  return load(() => {
    const hierarchy = readHierarchy(options.roots)
    const tracing = new Tracing({
      hierarchy,
      ringBytes: options.ringBytes ?? 2 * MIB,
      queueBytes: options.queueBytes ?? 16 * MIB,
      arch: process.arch,
      stringLimit: stringBytes,
      payloadLimit: payloadBytes,
    })
    const named = tellV1Containers(hierarchy, tracing)
    return new TraceSession({
      tracing,
      registry: createRegistry(hierarchy, () => systemClock.monotonicMs(), { named }),
      clock: systemClock,
      monotonicNs: () => process.hrtime.bigint(),
      arch: process.arch,
      extras: { payload: payloadBytes > 0, descriptors, environments },
    })
  })
}

/** A share in the session that has these options, with all of the process who ask for the same. Rejects with what `openSession` throws. */
export function leaseSession(
  host: Pick<Host, 'service'>,
  options: Required<HostSessionOptions>,
): Promise<Lease<TraceSession>> {
  const { roots, ...settings } = options
  return host.service(`trace session ${JSON.stringify({ ...settings, ...roots })}`, () =>
    openSession(options),
  )
}
