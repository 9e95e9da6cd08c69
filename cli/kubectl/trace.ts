/** `kubectl swoll trace`: what `swoll trace` is on a node, for the pods of a cluster, with the rights of who asks. */
import { describeAgent } from '../../client/cluster/agent.ts'
import { ClusterAgents } from '../../client/cluster/connect.ts'
import type { Reached } from '../../client/cluster/reach.ts'
import { WAYS } from '../../client/cluster/ways.ts'
import { Merger } from '../../client/merge.ts'
import { ApiError } from '../../kubernetes/client/api-error.ts'
import { onAbort } from '../../pipeline/abort.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { say } from '../stderr.ts'
import { Wishes } from '../trace/wishes.ts'
import { AgentTrace } from './by-agents.ts'
import { ResourceTrace } from './by-resource.ts'
import { type Connection, connect, decodeServiceAccount } from './connection.ts'
import { decodeTrace, type KubeTraceOptions } from './decode-trace.ts'
import { findPods, type MatchedPods } from './matched-pods.ts'
import type { TypedTrace } from './options.ts'
import { describeWays, describeWhat, list, nodesWithout } from './report.ts'
import { findMissing, READING_RIGHTS, refuseMissing, TRACE_RIGHTS } from './rights.ts'
import { show } from './show.ts'
import { resolveTarget } from './target.ts'
import { newTraceName } from './trace-resource.ts'

/** All that a trace needs, found out before anything is begun. */
interface Prepared {
  readonly options: KubeTraceOptions
  readonly connection: Connection
  readonly wishes: Wishes
  readonly matched: MatchedPods | undefined
  readonly name: string
}

/** The exit code: 0, or 1 where a node failed or something stayed behind. Rejects where there was nothing to show. */
export async function trace(
  typed: TypedTrace,
  operands: readonly string[],
  exitNow: () => void,
): Promise<number> {
  const decoded = decodeTrace(typed, operands)
  const serviceAccount = decodeServiceAccount(typed)
  using connection = await connect(typed)
  const wishes = new Wishes(exitNow)
  const prepared = await prepare(decoded, connection, wishes)
  if (prepared === undefined) return 0
  const { via } = decoded
  if (via === 'resource') return await traceByResource(prepared)
  const agents = new ClusterAgents({
    access: connection.access,
    namespace: typed.agentsNamespace,
    serviceAccount,
    caFile: typed.ca,
    serverName: typed.serverName,
    insecureSkipTlsVerify: typed.insecureSkipTlsVerify,
    ways: via === 'auto' ? WAYS : [via],
    clock: systemClock,
    abort: wishes.stop,
  })
  using _ = { [Symbol.dispose]: () => agents.close() }
  const reached = await reachAgents(agents, prepared)
  // Without `await` what is used would be closed at once.
  if (reached === undefined) return await traceByResource(prepared)
  return await traceByAgents(agents, reached, prepared)
}

/** Undefined: a signal came first. Throws RIGHTS_MISSING. */
async function prepare(
  options: KubeTraceOptions,
  connection: Connection,
  wishes: Wishes,
): Promise<Prepared | undefined> {
  const { client, namespace } = connection
  const question = { client, namespace, abort: wishes.stop }
  try {
    const missing = await findMissing(question, TRACE_RIGHTS)
    if (missing.length > 0)
      refuseMissing([...missing, ...(await findMissing(question, READING_RIGHTS))], namespace)
    const { target } = options
    const resolving = { ...question, namespace: namespace! }
    const pods = target === undefined ? {} : await resolveTarget(target, resolving)
    const spec = { ...options.spec, ...pods }
    const matched = await findPods(question, spec)
    say(describeWhat({ spec, target, namespace, matched }))
    return {
      options: { ...options, spec },
      connection,
      wishes,
      matched,
      name: newTraceName(process.env.USER),
    }
  } catch (error) {
    if (wishes.stop.aborted) return undefined
    throw error
  }
}

/** Undefined: a resource is the way. Throws AGENT_UNREACHABLE where that was not allowed. */
async function reachAgents(
  agents: ClusterAgents,
  { options, connection, wishes, matched }: Prepared,
): Promise<readonly Reached[] | undefined> {
  const mayUseResource = options.via === 'auto' && connection.namespace !== undefined
  const failures: Error[] = []
  const reached = await tryAgents(agents, failures)
  if (wishes.stop.aborted) return []
  if (reached.length > 0 && (failures.length === 0 || !mayUseResource)) {
    for (const { message } of failures) say(message)
    const without = nodesWithout(matched, reached)
    if (without.length > 0) say(`no agent on ${list(without)}: calls of pods there are missing`)
    return reached
  }
  if (!mayUseResource)
    throw new SwollError(
      'AGENT_UNREACHABLE',
      failures.map(({ message }) => message).join('\n') ||
        'no agents were found; --agents-namespace says where they are',
    )
  say(`agents cannot be asked from here (${failures[0]?.message.split('\n')[0] ?? 'none were found'})`)
  return undefined
}

/** Those that could be reached; why others could not is in `failures`. */
async function tryAgents(agents: ClusterAgents, failures: Error[]): Promise<readonly Reached[]> {
  try {
    const ready = (await agents.find()).filter(({ isReady }) => isReady)
    return await agents.reachAll(ready, error => failures.push(error))
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    failures.push(error)
    return []
  }
}

async function traceByAgents(
  agents: ClusterAgents,
  reached: readonly Reached[],
  { options, connection, wishes, name }: Prepared,
): Promise<number> {
  const { spec, shown } = options
  const { stop } = wishes
  if (stop.aborted) return 0
  const merger = new Merger()
  using _ = onAbort(stop, () => merger.close())
  const { namespace } = connection
  const place = namespace === undefined ? { node: {} } : { namespace }
  await using running = new AgentTrace({ agents, place, name, spec, merger, abort: stop, say })
  await running.start(reached)
  const [failure] = running.failures.values()
  if (failure !== undefined && merger.size === 0) throw failure
  for (const [agent, { message }] of running.failures) say(`${agent}: ${message}`)
  say(`traced by ${describeWays(reached.filter(({ agent }) => !running.failures.has(describeAgent(agent))))}`)
  const isBounded = spec.duration !== undefined || spec.budget !== undefined
  if (isBounded) merger.close()
  else await running.followAgents().catch((error: Error) => say(error.message))
  const isWhole = await show({ merger, shown, wishes })
  const left = await running.delete()
  return isWhole && running.failures.size === 0 && left.length === 0 ? 0 : 1
}

async function traceByResource({ options, connection, wishes, name }: Prepared): Promise<number> {
  const { client, namespace } = connection
  const { stop } = wishes
  const rights = { client, namespace, abort: stop }
  refuseMissing(await findMissing(rights, READING_RIGHTS), namespace)
  const { spec, shown } = options
  const made = { client, namespace: namespace!, name, spec, clock: systemClock, abort: stop, say }
  await using trace = new ResourceTrace(made)
  await trace.start().catch(explainMissingKind)
  say(`by the Trace ${name} in ${namespace}, which is deleted in the end`)
  const merger = new Merger()
  using _ = onAbort(stop, () => merger.close())
  merger.add(name, trace.stream())
  merger.close()
  const isWhole = await show({ merger, shown, wishes })
  const wasStopped = typeof stop.reason === 'number'
  const status = wasStopped ? undefined : (await trace.read())?.status
  for (const { node, message } of status?.nodes ?? []) if (message !== undefined) say(`${node}: ${message}`)
  return isWhole && (await trace.delete()) && status?.state !== 'Failed' ? 0 : 1
}

function explainMissingKind(error: unknown): never {
  if (!(error instanceof ApiError) || error.status !== 404) throw error
  throw new SwollError(
    'TRACE_FAILED',
    'the cluster must know Traces, got 404; install the chart with controller.enabled=true, or reach agents with --via',
    { cause: error },
  )
}
