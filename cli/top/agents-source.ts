/** Agents as a source: all are asked, and their answers put together. Whoever does not answer is named. */
import { ClientError, type SwollClient } from '../../client/client.ts'
import type { StatsQuery } from '../../stats/api/query.ts'
import type { StatsTable } from '../../stats/api/table.ts'
import { mergeTables, toAgentQuery } from '../../stats/merge.ts'
import type { LabelledPod } from './selected-source.ts'
import type { TopSource } from './source.ts'

export interface AskedAgent {
  readonly name: string
  readonly client: Pick<SwollClient, 'stats' | 'pods'>
}

/** `missing`: agents that are not among them, in a line for each. */
export function askAgents(agents: readonly AskedAgent[], missing: readonly string[] = []): TopSource {
  let failures: readonly string[] = []
  const [first] = agents
  return {
    name: agents.length === 1 ? first!.name : `${agents.length} agents`,
    async query(query, abort) {
      if (agents.length === 1) return ask(first!, query, abort)
      const question = toAgentQuery(query)
      const answers = await Promise.allSettled(agents.map(agent => ask(agent, question, abort)))
      abort.throwIfAborted()
      const errors = answers.flatMap(answer => (answer.status === 'rejected' ? [answer.reason as Error] : []))
      failures = errors.map(({ message }) => message)
      const tables = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value] : []))
      if (tables.length === 0) throw errors[0]!
      return mergeTables(tables, query)
    },
    problems: () => [...failures, ...missing],
    close: async () => {},
  }
}

/** Whoever has nothing at that address has no exporter that answers. */
async function ask({ client }: AskedAgent, query: StatsQuery, abort: AbortSignal): Promise<StatsTable> {
  try {
    return await client.stats(query, { abort })
  } catch (cause) {
    if (!(cause instanceof ClientError) || cause.status !== 404) throw cause
    const message = `${cause.message}; it needs the exporter charts in its metrics pipeline`
    throw new ClientError('CLIENT_REFUSED', message, { status: cause.status, cause })
  }
}

const PODS_KEPT_MS = 5000

/** The pods of all nodes, asked for every few seconds. Nodes whose agent does not answer are named by the numbers. */
export function podsOf(
  agents: readonly AskedAgent[],
  monotonicMs: () => number,
): (abort: AbortSignal) => Promise<readonly LabelledPod[]> {
  let known: { readonly pods: readonly LabelledPod[]; readonly atMs: number } | undefined
  return async abort => {
    if (known !== undefined && monotonicMs() - known.atMs < PODS_KEPT_MS) return known.pods
    const answers = await Promise.allSettled(agents.map(({ client }) => client.pods({ abort })))
    const lists = answers.flatMap(answer => (answer.status === 'fulfilled' ? [answer.value.pods] : []))
    if (lists.length === 0) throw (answers[0] as PromiseRejectedResult).reason
    known = { pods: lists.flat(), atMs: monotonicMs() }
    return known.pods
  }
}
