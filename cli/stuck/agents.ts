/** Asks agents which threads are in which calls. */
import { ClientError, type StuckQuery, type SwollClient } from '../../client/client.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { InFlightDocument } from '../../trace/api/in-flight.ts'

interface AskedAgent {
  readonly name: string
  readonly client: Pick<SwollClient, 'stuck'>
}

interface Answers {
  readonly answers: readonly InFlightDocument[]
  /** Agents that have not answered, a line for each. */
  readonly missing: readonly string[]
}

/** At least one answer, by name of the node. Rejects with what the first agent has against it where none answers. */
export async function askAgents(
  agents: readonly AskedAgent[],
  query: StuckQuery,
  abort: AbortSignal,
): Promise<Answers> {
  const results = await Promise.allSettled(agents.map(({ client }) => client.stuck(query, { abort })))
  abort.throwIfAborted()
  const answers = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  const errors = results.flatMap(result => (result.status === 'rejected' ? [result.reason as Error] : []))
  const [strange] = errors.filter(error => !(error instanceof ClientError))
  if (strange) throw strange
  const missing = errors.map(error => describe(error as ClientError))
  if (answers.length === 0) throw new SwollError('AGENT_UNREACHABLE', missing.join('\n'))
  return { answers: longestOf(answers, query.limit), missing }
}

function describe({ message, status }: ClientError): string {
  return status === 404 ? `${message}; it is of a version that does not tell calls in flight` : message
}

/** The longest of all, so many; each answer keeps its total, which says how many there are besides. */
function longestOf(answers: readonly InFlightDocument[], limit = Infinity): readonly InFlightDocument[] {
  const all = answers.flatMap(({ threads }) => threads).sort((a, b) => b.forNs - a.forNs)
  const kept = new Set(all.slice(0, limit))
  return answers
    .map(answer => ({ ...answer, threads: answer.threads.filter(thread => kept.has(thread)) }))
    .sort((a, b) => (a.node < b.node ? -1 : 1))
}
