/** Runs the commands of `swoll client`. */
import { SwollError } from '../../pipeline/errors.ts'
import { say } from '../stderr.ts'
import { decodeDisplay } from '../trace/decode-display.ts'
import { Usage } from '../trace/usage.ts'
import { Wishes } from '../trace/wishes.ts'
import { decodeEndpoints, decodeLogin } from './agents.ts'
import { createJob, runOneshot } from './create.ts'
import { decodeSpec } from './decode-spec.ts'
import { deleteJobs, getJob, listJobs, queryJobs, statusOfJob } from './jobs.ts'
import { openAgents } from './open-agents.ts'
import {
  CLIENT_OUTPUTS,
  type ClientCommand,
  LIST_OUTPUTS,
  type TypedAgents,
  type TypedCreate,
  type TypedView,
  type TypedWatch,
} from './options.ts'
import type { ViewOptions } from './view.ts'
import { watchJob } from './watch.ts'
import { watchTrace } from './watch-trace.ts'

type Typed = TypedAgents & TypedView & TypedWatch & TypedCreate

/** Whether all went well. Throws USAGE_INVALID with every mistake, and what the agents or the cluster have against it. */
export async function runClient(
  command: ClientCommand,
  operands: readonly string[],
  given: Readonly<Record<string, unknown>>,
  exitNow: () => void,
): Promise<boolean> {
  const typed = given as Typed
  const wishes = new Wishes(exitNow)
  try {
    if (command === 'create') return await create(typed, wishes)
    if (command === 'watch') return await watch(operands, typed, wishes)
    return await ask(command, operands, typed, wishes)
  } catch (error) {
    // Somebody has stopped it: what broke off by that is no failure.
    if (wishes.stop.aborted && !(error instanceof SwollError)) return true
    throw error
  }
}

async function create(typed: Typed, wishes: Wishes): Promise<boolean> {
  const usage = new Usage()
  const opening = decodeOpening(typed, usage, wishes)
  const wanted = decodeSpec(typed, usage)
  const view = typed.oneshot ? decodeView(typed, usage) : undefined
  usage.check()
  const { agents, unreached } = await openAgents(opening)
  const options = { wanted, id: typed.jobid, agents, say, wishes }
  const isWhole = view === undefined ? await createJob(options) : await runOneshot(options, view)
  return isWhole && unreached === 0
}

async function watch([id]: readonly string[], typed: Typed, wishes: Wishes): Promise<boolean> {
  const usage = new Usage()
  const opening = decodeOpening(typed, usage, wishes)
  const view = decodeView(typed, usage)
  const { trace, namespace, kubeconfig } = typed
  if ((id === undefined) === (trace === undefined))
    usage.refuse('id', `must be given, or --trace; ${id === undefined ? 'got neither' : 'got both'}`)
  if (trace !== undefined && namespace === undefined)
    usage.refuse('--namespace', 'must be given with --trace, got nothing')
  usage.check()
  if (trace !== undefined)
    return watchTrace({ trace, namespace: namespace!, kubeconfig, login: opening.login, view, wishes })
  const { agents, unreached } = await openAgents(opening)
  const isFromStart = typed.fromStart ?? false
  return (await watchJob({ id: id!, agents, isFromStart, view, say, wishes })) && unreached === 0
}

type Question = Exclude<ClientCommand, 'create' | 'watch'>

async function ask(command: Question, operands: readonly string[], typed: Typed, wishes: Wishes) {
  const usage = new Usage()
  const opening = decodeOpening(typed, usage, wishes)
  const isList = command === 'list' || command === 'status'
  const output = isList ? (usage.oneOf('--output', typed.output ?? 'table', LIST_OUTPUTS) ?? 'table') : 'json'
  const [operand = ''] = operands
  const state = command === 'query' ? usage.oneOf('state', operand, ['running', 'completed']) : undefined
  usage.check()
  const { agents, unreached } = await openAgents(opening)
  const asked = { agents, say, abort: wishes.stop }
  const { namespace } = typed
  const answers = {
    list: () => listJobs(asked, output, namespace),
    query: () => queryJobs(asked, state!, namespace),
    get: () => getJob(asked, operand),
    status: () => statusOfJob(asked, operand, output),
    delete: () => deleteJobs(asked, operands),
  }
  const isWhole = await answers[command]()
  return isWhole && unreached === 0
}

function decodeOpening(typed: Typed, usage: Usage, wishes: Wishes) {
  const login = decodeLogin(typed, usage)
  return { typed, login, endpoints: decodeEndpoints(typed, login, usage), say, abort: wishes.stop }
}

function decodeView(typed: Typed, usage: Usage): ViewOptions {
  const output = usage.oneOf('--output', typed.output ?? 'json', CLIENT_OUTPUTS) ?? 'json'
  const display = decodeDisplay(typed, output === 'jsonl' ? 'json' : output, usage)
  const most = { min: 1, max: Number.MAX_SAFE_INTEGER }
  // Of a job it is a limit of each node, which its specification has.
  const count = typed.oneshot ? undefined : usage.integer('--count', typed.count, most)
  return { output, display, count }
}
