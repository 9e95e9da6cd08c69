/** Agents as a source: all are asked, and their answers put together. Whoever does not answer is named. */
import type { SwollClient } from '../../client/client.ts'
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
      if (agents.length === 1) return first!.client.stats(query, { abort })
      const question = toAgentQuery(query)
      const answers = await Promise.allSettled(agents.map(({ client }) => client.stats(question, { abort })))
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
