/** The agents of the cluster, as commands ask them that need what all nodes know. */
import { SwollClient } from '../../client/client.ts'
import { ClusterAgents } from '../../client/cluster/connect.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { type Connection, decodeServiceAccount } from './connection.ts'
import type { TypedAgents } from './options.ts'

interface ReachedAgents extends Disposable {
  /** At least one. */
  readonly asked: readonly { readonly name: string; readonly client: SwollClient }[]
  /** A line for each that could not be reached. */
  readonly missing: readonly string[]
}

/** Throws USAGE_INVALID, AGENT_UNREACHABLE, and what there is against the login. */
export async function reachAgents(
  typed: TypedAgents,
  { access }: Connection,
  abort: AbortSignal,
): Promise<ReachedAgents> {
  const agents = new ClusterAgents({
    access,
    namespace: typed.agentsNamespace,
    serviceAccount: decodeServiceAccount(typed),
    caFile: typed.ca,
    serverName: typed.serverName,
    insecureSkipTlsVerify: typed.insecureSkipTlsVerify,
    clock: systemClock,
    abort,
  })
  using cleanup = new DisposableStack()
  cleanup.defer(() => agents.close())
  const missing: string[] = []
  const reached = await agents.reachAll(await agents.find(), ({ message }) => missing.push(message))
  if (reached.length === 0) throw unreachable(missing)
  const asked = reached.map(({ agent, options: way }) => ({
    name: agent.node,
    client: new SwollClient({ ...way, name: agent.node }),
  }))
  const open = cleanup.move()
  return { asked, missing, [Symbol.dispose]: () => open.dispose() }
}

function unreachable(missing: readonly string[]): SwollError {
  const why = missing.join('\n') || 'no agents were found; --agents-namespace says where they are'
  return new SwollError('AGENT_UNREACHABLE', why)
}
