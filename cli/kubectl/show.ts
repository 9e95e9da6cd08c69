/** Shows what comes, where the options say. */
import type { Merger } from '../../client/merge.ts'
import { View } from '../client/view.ts'
import { say } from '../stderr.ts'
import { cannotWrite, openTextOutput } from '../trace/sinks.ts'
import type { Wishes } from '../trace/wishes.ts'
import type { KubeTraceOptions } from './decode-trace.ts'

interface ShowOptions {
  readonly merger: Merger
  readonly shown: KubeTraceOptions['shown']
  readonly wishes: Wishes
}

/** False: a stream failed. Throws OUTPUT_FAILED for an output that takes no more, unless its reader has gone, as `head` does. */
export async function show({ merger, shown, wishes }: ShowOptions): Promise<boolean> {
  const { output: format = 'cli', display, count, file } = shown
  const output = await openTextOutput(file, false, wishes.stop)
  if (output === undefined) return true
  // Lines as `swoll trace -o json` has them, without the agent's address around.
  const options = { output: format === 'json' ? ('jsonl' as const) : format, display, count }
  const view = new View(options, { output, say, abort: wishes.stop })
  await view.show(merger)
  wishes.end()
  await output.end(wishes.giveUp)
  say(view.totals)
  if (output.error !== undefined && output.error.code !== 'EPIPE') throw cannotWrite(file, output.error)
  return view.failures.size === 0
}
