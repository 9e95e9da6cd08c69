/** `swoll client create`: a job on each agent; with `--oneshot` its calls, until somebody or something says enough. */
import { randomUUID } from 'node:crypto'
import { Merger } from '../../client/merge.ts'
import type { Streamed } from '../../client/watch.ts'
import { onAbort } from '../../pipeline/abort.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { pause } from '../../pipeline/pause.ts'
import { print } from '../standard-streams.ts'
import type { Wishes } from '../trace/wishes.ts'
import type { Agent } from './agents.ts'
import type { WantedJob } from './decode-spec.ts'
import { OneshotJob } from './oneshot.ts'
import { runView } from './run-view.ts'
import type { ViewOptions } from './view.ts'

interface CreateOptions {
  readonly wanted: WantedJob
  readonly id: string | undefined
  readonly agents: readonly Agent[]
  readonly say: (text: string) => void
  readonly wishes: Wishes
}

/** For what was traced until the job was deleted. */
const LAST_MESSAGES_MS = 5000

/** Prints the id if any agent has the job. False: not all have it. */
export async function createJob({ wanted, id = randomUUID(), agents, say, wishes }: CreateOptions) {
  const { place, spec, name } = wanted
  const abort = wishes.stop
  const outcomes = await Promise.all(
    agents.map(({ client }) =>
      client.create(place, spec, { id, name, abort }).then(
        () => undefined,
        (error: Error) => error,
      ),
    ),
  )
  const errors = outcomes.filter(outcome => outcome !== undefined)
  for (const { message } of errors) say(message)
  if (errors.length < agents.length) print(`${id}\n`)
  return errors.length === 0
}

/** Shows the calls. False: an agent failed. */
export async function runOneshot(options: CreateOptions, view: ViewOptions): Promise<boolean> {
  const { wanted, id = randomUUID(), agents, say, wishes } = options
  await using job = new OneshotJob({ ...wanted, id }, say)
  const merger = new Merger()
  const end = new AbortController()
  for (const agent of agents)
    merger.add(agent.name, streamOf({ job, agent, abort: end.signal, stop: wishes.stop }))
  merger.close()
  // Whoever stops gets what was traced by then: the streams end with the job.
  using _ = onAbort(wishes.stop, () => void deleteThenEnd(job, end))
  const shown = await runView({ merger, agents, view, say, wishes, abort: end.signal })
  const failed = await job.delete()
  end.abort()
  return shown && failed.length === 0
}

interface StreamOptions {
  readonly job: OneshotJob
  readonly agent: Agent
  readonly abort: AbortSignal
  readonly stop: AbortSignal
}

/** From the first call on. What fails while the job is being deleted is no failure. */
async function* streamOf({ job, agent, abort, stop }: StreamOptions): AsyncGenerator<Streamed> {
  const { client, name } = agent
  try {
    await job.start({ client, name })
    const after = await client.startOf(job.id, { abort })
    yield* client.watch(job.id, { after, abort, whenMissing: 'retry' })
    job.settle(name)
  } catch (error) {
    if (!stop.aborted) throw error
  }
}

async function deleteThenEnd(job: OneshotJob, end: AbortController): Promise<void> {
  await job.delete()
  await pause(systemClock, LAST_MESSAGES_MS, end.signal)
  end.abort()
}
