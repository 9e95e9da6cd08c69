/** `kubectl swoll list`, `get`, `status` and `delete`: Trace resources, whoever made them. */
import { stringify } from 'yaml'
import { SwollError } from '../../pipeline/errors.ts'
import { printable } from '../../pipeline/printable.ts'
import { toLabelText } from '../../trace/api/selectors.ts'
import { print, say } from '../standard-streams.ts'
import { toTable } from '../table.ts'
import { ageOf } from './age.ts'
import { connect } from './connection.ts'
import type { TypedKube } from './options.ts'
import { deleteTrace, getTrace, listTraces, type TraceObject } from './trace-resource.ts'

export interface TypedShown extends TypedKube {
  readonly output: string
}

export async function listAll(typed: TypedShown, nowMs: number, abort: AbortSignal): Promise<void> {
  using connection = await connect(typed)
  const traces = await listTraces({ ...connection, abort })
  if (typed.output === 'json') return void print(`${JSON.stringify(traces, undefined, 2)}\n`)
  if (traces.length === 0) return say('swoll: no traces\n')
  const isAll = connection.namespace === undefined
  const rows = traces.map(trace => [...(isAll ? [trace.metadata.namespace] : []), ...toRow(trace, nowMs)])
  const head = ['NAME', 'STATE', 'SYSCALLS', 'PODS', 'CALLS', 'LOST', 'NODES', 'AGE']
  print(toTable([...(isAll ? ['NAMESPACE'] : []), ...head], rows))
}

function toRow({ metadata, spec = {}, status = {} }: TraceObject, nowMs: number): string[] {
  const { nodes = [] } = status
  return [
    metadata.name,
    metadata.deletionTimestamp === undefined ? (status.state ?? 'Pending') : 'Deleting',
    spec.syscalls?.join(',') || 'execve,execveat',
    toLabelText(spec.labelSelector) || spec.pods?.join(',') || 'all',
    String(status.calls ?? 0),
    String(status.lost ?? 0),
    `${nodes.filter(({ state }) => state !== 'Gone' && state !== 'Unreachable').length}/${nodes.length}`,
    ageOf(metadata.creationTimestamp, nowMs),
  ]
}

/** As kubectl prints an object. */
export async function getOne(name: string, typed: TypedShown, abort: AbortSignal): Promise<void> {
  using connection = await connect(typed)
  const trace = await getTrace({ ...connection, abort }, name)
  print(typed.output === 'json' ? `${JSON.stringify(trace, undefined, 2)}\n` : stringify(trace))
}

export async function showStatus(name: string, typed: TypedShown, abort: AbortSignal): Promise<void> {
  using connection = await connect(typed)
  const { status = {} } = await getTrace({ ...connection, abort }, name)
  if (typed.output === 'json') return void print(`${JSON.stringify(status, undefined, 2)}\n`)
  const {
    state = 'Pending',
    reason,
    message,
    calls = 0,
    lost = 0,
    matched = 0,
    startTime,
    completionTime,
  } = status
  const facts = [
    ['State', reason === undefined ? state : `${state} (${reason})`],
    ['Message', message],
    ['Started', startTime],
    ['Completed', completionTime],
    ['Containers', String(matched)],
    ['Calls', String(calls)],
    ['Lost', String(lost)],
  ].filter((fact): fact is [string, string] => fact[1] !== undefined)
  print(facts.map(([what, value]) => `${`${what}:`.padEnd(12)}${printable(value)}\n`).join(''))
  const nodes = (status.nodes ?? []).map(each => [
    each.node,
    each.state,
    String(each.matched ?? 0),
    String(each.calls ?? 0),
    String(each.lost ?? 0),
    each.message ?? '',
  ])
  if (nodes.length > 0)
    print(`\n${toTable(['NODE', 'STATE', 'CONTAINERS', 'CALLS', 'LOST', 'MESSAGE'], nodes)}`)
}

/** Tries all. Throws NOT_FOUND when one was not there. */
export async function deleteAll(
  names: readonly string[],
  typed: TypedKube,
  abort: AbortSignal,
): Promise<void> {
  using connection = await connect(typed)
  const missing: string[] = []
  for (const name of names) {
    if (await deleteTrace({ ...connection, abort }, name)) print(`trace "${name}" deleted\n`)
    else missing.push(name)
  }
  if (missing.length === 0) return
  throw new SwollError(
    'TARGET_INVALID',
    `trace ${missing.join(', ')}: must be there, and is not in the namespace ${connection.namespace}`,
  )
}
