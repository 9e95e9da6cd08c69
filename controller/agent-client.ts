/** Jobs of agents, over their API. */
import { SwollClient } from '../client/client.ts'
import { ClientError } from '../client/errors.ts'
import type { Clock } from '../pipeline/clock.ts'
import { type Agent, type AgentApi, AgentRefusal, type RefusalKind } from './agents.ts'

/** As whom, and whom to trust. Asked for each connection: tokens and authorities change. */
export interface AgentAccess {
  token(): Promise<string | undefined>
  /** PEM; undefined: the authorities of Node. */
  ca(): Promise<string | undefined>
}

interface AgentApiOptions {
  readonly access: AgentAccess
  readonly clock: Clock
  /** Told of each request: `done`, or how it was refused. */
  readonly onRequest: (verb: keyof AgentApi, result: RefusalKind | 'done') => void
}

/** Longest that an agent may take to answer: it holds up the status of all others. */
const ANSWER_TIMEOUT_MS = 10_000
/** Of an answer: a status with a thousand containers has a quarter of it. */
const ANSWER_BYTES = 4 * 2 ** 20
/** Statuses of `ensure` that the agent will give again. */
const FINAL: ReadonlySet<number | undefined> = new Set([400, 403, 404, 405, 413, 422])

export function createAgentApi(options: AgentApiOptions): AgentApi {
  const { access, clock, onRequest } = options
  const ask = async <T>(verb: keyof AgentApi, agent: Agent, act: (client: SwollClient) => Promise<T>) => {
    try {
      const answer = await act(await openClient(agent, access, clock))
      onRequest(verb, 'done')
      return answer
    } catch (error) {
      const refusal = toRefusal(verb, error as Error)
      onRequest(verb, refusal.kind)
      throw refusal
    }
  }
  return {
    ensure: (agent, { namespace, spec, ...job }) =>
      ask('ensure', agent, async client => {
        const ensured = client.ensure({ namespace }, spec, job).catch(unlessStatus(409, undefined))
        const { isNew } = (await ensured) ?? {}
        if (isNew === undefined) return 'other'
        return isNew ? 'new' : 'kept'
      }),
    get: (agent, id) => ask('get', agent, client => client.get(id).catch(unlessStatus(404, undefined))),
    status: (agent, id) =>
      ask('status', agent, client => client.status(id).catch(unlessStatus(404, undefined))),
    delete: (agent, id) =>
      ask('delete', agent, client => client.delete(id).catch(unlessStatus(404, undefined))),
  }
}

async function openClient(
  { endpoint, serverName }: Agent,
  access: AgentAccess,
  clock: Clock,
): Promise<SwollClient> {
  const [token, ca] = await Promise.all([access.token(), access.ca()])
  const limits = { answerTimeoutMs: ANSWER_TIMEOUT_MS, documentBytes: ANSWER_BYTES }
  return new SwollClient({ endpoint, serverName, token, ca, clock, ...limits })
}

function unlessStatus<T>(status: number, value: T): (error: unknown) => T {
  return error => {
    if (error instanceof ClientError && error.status === status) return value
    throw error
  }
}

function toRefusal(verb: keyof AgentApi, error: Error): AgentRefusal {
  const status = error instanceof ClientError ? error.status : undefined
  if (verb === 'ensure' && FINAL.has(status))
    return new AgentRefusal('refused', error.message, { cause: error })
  const kind = status === 429 || status === 503 ? 'busy' : 'unreachable'
  return new AgentRefusal(kind, error.message, { cause: error })
}
