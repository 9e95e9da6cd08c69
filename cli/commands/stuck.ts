/** `swoll stuck`: which threads are inside which system calls, and for how long. */
import type { InFlightDocument } from '../../trace/api/in-flight.ts'
import { onStopSignal } from '../signals.ts'
import { print } from '../standard-streams.ts'
import { say } from '../stderr.ts'
import { type AgentsOptions, decodeAgentsOptions } from '../stuck/decode-agents.ts'
import { decodeStuckOptions, type ShownThreads } from '../stuck/decode-options.ts'
import { askKernel } from '../stuck/kernel.ts'
import type { TypedStuck } from '../stuck/options.ts'
import { countStuck, describeMissed, printStuck } from '../stuck/print.ts'

/** The exit codes: threads were found; an agent has not answered, and none were found at others. */
const [STUCK, UNKNOWN] = [3, 1]

/** How swoll is to end. Throws USAGE_INVALID; rejects when nobody can be asked. */
export async function stuck(
  typed: TypedStuck,
  operands: readonly string[],
  exitNow: () => void,
): Promise<number> {
  const remote = decodeAgentsOptions(typed, operands)
  const options = remote ?? decodeStuckOptions(typed, operands)
  const stop = new AbortController()
  const unlisten = onStopSignal(() => stop.abort(), exitNow)
  try {
    if ('query' in options) return await askOthers(options, stop.signal)
    return tell([await askKernel(options, stop.signal)], [], options)
  } finally {
    unlisten()
  }
}

async function askOthers(options: AgentsOptions, abort: AbortSignal): Promise<number> {
  const { openAgents } = await import('../client/open-agents.ts')
  const { askAgents } = await import('../stuck/agents.ts')
  const { agents, unreached } = await openAgents({ ...options, say, abort })
  const { answers, missing } = await askAgents(agents, options.query, abort)
  const away = unreached === 0 ? [] : [`${unreached} agents of the cluster could not be reached`]
  return tell(answers, [...missing, ...away], options)
}

/** Prints answers, and what is not in them; returns the exit code. */
export function tell(
  answers: readonly InFlightDocument[],
  missing: readonly string[],
  shown: ShownThreads,
): number {
  print(printStuck(answers, shown))
  for (const line of [...describeMissed(answers), ...missing]) say(line)
  if (countStuck(answers, shown) > 0) return STUCK
  return missing.length > 0 ? UNKNOWN : 0
}
