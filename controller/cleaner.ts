/** A Trace that is being deleted: its jobs go from the agents, then its finalizer. */
import type { Agent } from './agents.ts'
import { AgentRefusal } from './agents.ts'
import { type Context, nowOf } from './context.ts'
import { inTurn } from './in-turn.ts'
import { JOBS, objectOf } from './kinds.ts'
import { readerNameOf } from './reader-job.ts'
import { jobIdOf } from './resource.ts'
import { CONFLICT_MS, type Subject, writeFinalizer } from './write.ts'

/** Longest that somebody who deletes a Trace is kept waiting: a job that cannot be reached ends with its lease. */
const PATIENCE_MS = 30_000
const RETRY_MS = 5000
const DELETES_AT_ONCE = 16

/** Milliseconds until the next try; undefined: nothing is left to do. */
export async function cleanUp(context: Context, subject: Subject): Promise<number | undefined> {
  const { trace, memory } = subject
  const job = context.jobs.get(`${trace.metadata.namespace}/${readerNameOf(trace)}`)
  // It would go after its owner anyway: what fails here is no reason to wait.
  if (job && !memory.cleaned.has(JOB_KEY)) {
    const { namespace, name, uid } = job.metadata
    await context.api.delete(objectOf(JOBS, { namespace, name }), { uid }).catch(() => false)
    memory.cleaned.add(JOB_KEY)
  }
  const left = await deleteJobs(context, subject)
  const waitedMs = nowOf(context) - Date.parse(trace.metadata.deletionTimestamp!)
  if (left.length > 0 && waitedMs < PATIENCE_MS) return RETRY_MS
  if (left.length > 0) tellLeft(context, subject, left)
  return (await writeFinalizer(context, subject, false)) ? undefined : CONFLICT_MS
}

const JOB_KEY = ' the Job'

/** Ends the jobs of a Trace that was made wrong while it ran, where the agents answer; elsewhere their leases do. */
export async function endJobs(context: Context, subject: Subject): Promise<void> {
  const { memory } = subject
  await deleteJobs(context, subject)
  memory.nodes.clear()
  memory.cleaned.clear()
}

/** The agents that may still have the job. */
async function deleteJobs({ directory, agentApi }: Context, { trace, memory }: Subject): Promise<Agent[]> {
  const id = jobIdOf(trace)
  const agents = (directory.list() ?? []).filter(({ node }) => !memory.cleaned.has(node))
  await inTurn(agents, DELETES_AT_ONCE, async agent => {
    try {
      await agentApi.delete(agent, id)
      memory.cleaned.add(agent.node)
    } catch (error) {
      if (!(error instanceof AgentRefusal)) throw error
    }
  })
  return agents.filter(({ node }) => !memory.cleaned.has(node))
}

function tellLeft({ events }: Context, { trace }: Subject, left: readonly Agent[]): void {
  const nodes = left.map(({ node }) => node)
  const named = nodes.slice(0, 5).join(', ') + (nodes.length > 5 ? ' and others' : '')
  const message = `Agents that did not answer end the job with its lease, within 5 minutes: ${named}`
  events.record(trace, 'Warning', ['AgentsUnreachable', message])
}
