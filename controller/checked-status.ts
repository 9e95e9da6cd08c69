/** Takes from an agent's answer only what may stand in a Trace: an agent that somebody took over must not spoil what all others say. */
import { z } from 'zod'
import { printable, shorten } from '../pipeline/printable.ts'
import type { JobStatus } from '../trace/api/documents.ts'
import { AgentRefusal } from './agents.ts'

const MOST_CHARACTERS = 1000
const MOST_REASONS = 64
const REASON = /^[a-z_]{1,64}$/

const time = z.iso.datetime()

/** Rejects with AgentRefusal where the API server would refuse the status of the Trace. */
export function checkStatus(status: JobStatus): JobStatus {
  if (!time.safeParse(status.startTime).success)
    throw new AgentRefusal('unreachable', 'the agent tells a time that is none')
  const { matchedTotal, calls, lost } = status
  const losses = Object.entries(lost).filter(([reason]) => REASON.test(reason))
  return {
    ...status,
    matchedTotal: toCount(matchedTotal),
    calls: toCount(calls),
    lost: Object.fromEntries(losses.slice(0, MOST_REASONS)),
  }
}

/** The resource has counts of 64 bits; sums beyond what is exact stay there. */
export function toCount(sum: number): number {
  return Math.min(sum, Number.MAX_SAFE_INTEGER)
}

/** One line of bounded length. */
export function toMessage(text: string): string {
  return shorten(printable(text), MOST_CHARACTERS)
}
