/** Loads the programs as the agent would, and lets go of them at once: nothing tells as surely whether the kernel takes them. */
import { Accounting } from '../../../kernel/accounting.ts'
import { readHierarchy } from '../../../kernel/cgroups/host.ts'
import { explainRefusal } from '../../../kernel/requirements.ts'
import { Tracing } from '../../../kernel/tracing.ts'
import { NativeError } from '../../../native/addon.ts'
import { systemClock } from '../../../pipeline/clock.ts'
import type { Attempt, ProgramFacts } from '../facts.ts'
import type { Needs } from '../needs.ts'

/** As short as tracing allows: only whether the programs load is asked. */
const TEXT_LIMIT_BYTES = 256
const QUEUE_BYTES = 2 ** 20

/** To be called where the capabilities are there. */
export function tryPrograms({ counting, traces, traceRingBytes, roots }: Needs): ProgramFacts {
  return {
    ...(counting && {
      counting: attempt(() => {
        const { latency, sizes } = counting
        const hierarchy = readHierarchy(roots)
        const kernel = new Accounting({
          latency,
          sizes,
          hierarchy,
          queueBytes: QUEUE_BYTES,
          arch: process.arch,
        })
        const keeps = kernel.laterNeeds().map(({ capabilities, why }) => `${capabilities.join(', ')}: ${why}`)
        const { hasCgroupNames } = kernel
        kernel.close()
        return { keeps, hasCgroupNames }
      }),
    }),
    ...(traces && {
      tracing: attempt(() => {
        const limits = { stringLimit: TEXT_LIMIT_BYTES, payloadLimit: 0, queueBytes: QUEUE_BYTES }
        const hierarchy = readHierarchy(roots)
        new Tracing({ ...limits, hierarchy, ringBytes: traceRingBytes, arch: process.arch }).close()
        return {}
      }),
    }),
  }
}

function attempt(load: () => Partial<Attempt>): Attempt {
  const startMs = systemClock.monotonicMs()
  const ms = () => Math.round(systemClock.monotonicMs() - startMs)
  try {
    const rest = load()
    return { ms: ms(), ...rest }
  } catch (error) {
    const errno = error instanceof NativeError ? error.errno : undefined
    return { ms: ms(), error: explainRefusal(error).message, errno }
  }
}
