/** A view from its start to its end, on standard output. */
import type { Merger } from '../../client/merge.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { cannotWrite, openTextOutput } from '../trace/sinks.ts'
import type { Wishes } from '../trace/wishes.ts'
import type { Agent } from './agents.ts'
import { View, type ViewOptions } from './view.ts'

interface RunOptions {
  readonly merger: Merger
  /** May grow meanwhile. */
  readonly agents: readonly Agent[]
  readonly view: ViewOptions
  readonly say: (text: string) => void
  readonly wishes: Wishes
  /** Ends the streams. */
  readonly abort: AbortSignal
}

/** False: an agent failed. Throws OUTPUT_FAILED for an output that takes no more, unless its reader has gone, as `head` does. */
export async function runView({
  merger,
  agents,
  view: options,
  say,
  wishes,
  abort,
}: RunOptions): Promise<boolean> {
  const output = await openTextOutput(undefined, false, wishes.stop)
  if (output === undefined) throw new SwollError('OUTPUT_FAILED', 'output: must be there, got none')
  const addressOf = (source: string) => agents.find(({ name }) => name === source)?.address
  const view = new View(options, { output, addressOf, say, abort })
  await view.show(merger)
  wishes.end()
  await output.end(wishes.giveUp)
  say(view.totals)
  if (output.error !== undefined && output.error.code !== 'EPIPE') throw cannotWrite(undefined, output.error)
  return view.failures.size === 0
}
