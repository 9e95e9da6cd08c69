/** Whoever has jobs on the agents of a cluster, by the client library. */
import { type StreamMessage, SwollClient } from '../../../../client/client.ts'
import { type AgentCluster, SERVER_NAME } from './agents.ts'
import { allow, createAccount, type Right } from './rights.ts'
import type { TraceAgent } from './trace-agent.ts'

const GROUP = 'tools.swoll.criticalstack.com'
const VERBS = ['get', 'create', 'delete', 'watch']

/** Makes a service account that may have traces of all pods; its token. */
export async function createTracer(all: AgentCluster, name = 'tracer'): Promise<string> {
  const token = await createAccount(all.cluster, name)
  const rights = VERBS.map((verb): Right => ({ group: GROUP, resource: 'traces', verb }))
  await allow(all.api, name, rights)
  return token
}

export function clientOf(all: AgentCluster, { endpoint }: TraceAgent, token: string): SwollClient {
  const { ca } = all.cluster.authority
  return new SwollClient({ endpoint: `https://${endpoint}`, ca, serverName: SERVER_NAME, token })
}

/** Reads a job's stream until it is disposed of. */
export class Watching implements AsyncDisposable {
  /** What has come so far. */
  readonly messages: StreamMessage[] = []
  readonly changes: string[] = []
  /** Why reading ended before it was told to. */
  error: Error | undefined
  readonly #abort = new AbortController()
  readonly #done: Promise<void>

  /** `from`: what the agent still has, or what comes from now on. */
  constructor(client: SwollClient, id: string, from: 'start' | 'now' = 'start') {
    this.#done = this.#read(client, id, from).catch((error: Error) => {
      this.error = error
    })
  }

  get lines(): string[] {
    return this.messages.map(({ line }) => line)
  }

  /** The sums of losses that were told, by reason. */
  get lost(): Record<string, number> {
    const lost: Record<string, number> = {}
    for (const { message } of this.messages)
      if (message.type === 'lost') lost[message.reason] = (lost[message.reason] ?? 0) + message.calls
    return lost
  }

  /** Resolves at the end of the stream. */
  ended(): Promise<void> {
    return this.#done
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.#done
  }

  async #read(client: SwollClient, id: string, from: 'start' | 'now'): Promise<void> {
    const { signal } = this.#abort
    const after = from === 'start' ? await client.startOf(id) : undefined
    for await (const streamed of client.watch(id, { after, abort: signal, whenMissing: 'retry' }))
      if ('message' in streamed) this.messages.push(streamed)
      else this.changes.push(streamed.change)
  }
}
