/** `swoll client watch ID`: the calls of a job, of all agents that have it. */
import type { Cursor, SwollClient } from '../../client/client.ts'
import { Merger } from '../../client/merge.ts'
import type { Streamed } from '../../client/watch.ts'
import { onAbort } from '../../pipeline/abort.ts'
import type { Wishes } from '../trace/wishes.ts'
import type { Agent } from './agents.ts'
import { runView } from './run-view.ts'
import type { ViewOptions } from './view.ts'

interface WatchJobOptions {
  readonly id: string
  readonly agents: readonly Agent[]
  readonly isFromStart: boolean
  readonly view: ViewOptions
  readonly say: (text: string) => void
  readonly wishes: Wishes
}

/** Resolves when the job is over everywhere. False: an agent failed. */
export async function watchJob({ id, agents, isFromStart, ...rest }: WatchJobOptions): Promise<boolean> {
  const { view, say, wishes } = rest
  const end = new AbortController()
  using _ = onAbort(wishes.stop, () => end.abort())
  const merger = new Merger()
  for (const { client, name } of agents)
    merger.add(name, watchOn({ client, id, isFromStart, abort: end.signal }))
  merger.close()
  // Without `await` the signal would be let go of at once.
  return await runView({ merger, agents, view, say, wishes, abort: end.signal })
}

interface WatchOn {
  readonly client: SwollClient
  readonly id: string
  readonly isFromStart: boolean
  /** Behind this message, whatever `isFromStart` says. */
  readonly after?: Cursor | undefined
  readonly abort: AbortSignal
  readonly whenMissing?: 'fail' | 'retry'
}

/** The stream of one agent. Ends quietly when `abort` says so. */
export async function* watchOn(options: WatchOn): AsyncGenerator<Streamed> {
  const { client, id, isFromStart, abort, whenMissing = 'fail' } = options
  try {
    const after = options.after ?? (isFromStart ? await client.startOf(id, { abort }) : undefined)
    yield* client.watch(id, { after, abort, whenMissing })
  } catch (error) {
    if (!abort.aborted) throw error
  }
}
