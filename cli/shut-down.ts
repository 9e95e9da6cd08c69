import { type Clock, systemClock } from '../pipeline/clock.ts'
import { formatDuration } from '../pipeline/config.ts'
import { startDeadline } from '../pipeline/deadline.ts'
import type { Graph } from '../pipeline/graph/graph.ts'
import type { LossTally } from '../pipeline/loss-tally.ts'
import type { Logger } from '../pipeline/telemetry.ts'
import { describeError } from './print-error.ts'

interface ShutDownOptions {
  readonly graph: Pick<Graph, 'shutdown'>
  readonly timeoutMs: number
  /** Losses of the graph's components, counted by the meter that they were given. */
  readonly losses: LossTally
  readonly log: Logger
  readonly clock?: Clock
}

/** True when every component stopped before the deadline and delivered what it held. What went wrong, and how much was lost, is logged. */
export async function shutDown(options: ShutDownOptions): Promise<boolean> {
  const { graph, timeoutMs, losses, log, clock = systemClock } = options
  losses.reset()
  using deadline = startDeadline(timeoutMs, clock)
  let isInOrder = true
  try {
    await graph.shutdown(deadline.signal)
  } catch (error) {
    isInOrder = false
    for (const line of describeError(error)) log.error({}, line)
  }
  if (deadline.signal.aborted) {
    isInOrder = false
    const passed = `service::shutdown_timeout: passed after ${formatDuration(timeoutMs)}`
    log.error({}, `${passed}; what had not been delivered by then is lost`)
  }
  const lost_items = losses.items
  if (lost_items > 0)
    log.error({ lost_items, ...losses.losses() }, 'Not everything could be delivered: the rest is lost')
  else if (isInOrder) log.info({}, 'Stopped')
  return isInOrder && lost_items === 0
}
