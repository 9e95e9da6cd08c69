/** `swoll top`: the numbers of calls, live on a terminal, or as tables. */
import { systemClock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { pause } from '../../pipeline/pause.ts'
import { say } from '../stderr.ts'
import { decodeView, type TopOptions } from '../top/decode-options.ts'
import type { TypedTop } from '../top/options.ts'
import { refuseWithoutTerminal, runTop, topOfAgents } from '../top/run.ts'
import { Usage } from '../trace/usage.ts'
import { Wishes } from '../trace/wishes.ts'

/** The exit code: 0, or 1 where numbers are missing. Throws USAGE_INVALID, and what the kernel, agents or the cluster have against it. */
export async function top(typed: TypedTop, exitNow: () => void): Promise<number> {
  const usage = new Usage()
  const isRemote = typed.agent !== undefined || typed.cluster === true
  const options = decodeView(typed, isRemote, usage)
  if (typed.agent !== undefined && typed.cluster)
    usage.refuse('--cluster', 'must not be given together with --agent')
  usage.check()
  if (options.mode === 'screen') refuseWithoutTerminal(process.stdin, process.stdout, process.env)
  const wishes = new Wishes(exitNow)
  try {
    return await (isRemote ? topOfOthers : topOfKernel)(typed, options, wishes)
  } catch (error) {
    if (wishes.stop.aborted && !(error instanceof SwollError)) return 0
    throw error
  }
}

async function topOfOthers(typed: TypedTop, options: TopOptions, wishes: Wishes): Promise<number> {
  const { decodeEndpoints, decodeLogin } = await import('../client/agents.ts')
  const { openAgents } = await import('../client/open-agents.ts')
  const usage = new Usage()
  const { agent: endpoints, kubeconfig, agentsNamespace, ca } = typed
  const { namespace: _, ...asWhom } = typed
  const login = decodeLogin(asWhom, usage)
  const given = { endpoints, kubeconfig, agentsNamespace, ca }
  const urls = decodeEndpoints(given, login, usage, '--agent')
  usage.check()
  const abort = wishes.stop
  const { agents, unreached } = await openAgents({ typed: given, login, endpoints: urls, say, abort })
  const missing = unreached === 0 ? [] : [`${unreached} agents of the cluster could not be reached`]
  return topOfAgents({ agents, missing }, options, abort)
}

async function topOfKernel(typed: TypedTop, options: TopOptions, wishes: Wishes): Promise<number> {
  const { kubeconfig, cri, node } = typed
  const { openKernel } = await import('../top/kernel-source.ts')
  const intervalMs = Math.min(options.delayMs, options.state.windowMs)
  const source = await openKernel({
    pods: { kubeconfig, cri, node },
    requirements: options.requirements,
    intervalMs,
    warn: options.mode === 'screen' ? () => {} : say,
    abort: wishes.stop,
  })
  try {
    // What was before is not known here: the first answer is of a whole window.
    if (options.mode !== 'screen') await pause(systemClock, options.state.windowMs + intervalMs, wishes.stop)
    return await runTop(source, options, wishes.stop)
  } finally {
    await source.close()
  }
}
