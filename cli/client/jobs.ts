/** `swoll client list`, `get`, `query`, `status` and `delete`: one question to all agents. */
import { ClientError, type JobDocument, type JobStatus } from '../../client/client.ts'
import { printable } from '../../pipeline/printable.ts'
import { print } from '../standard-streams.ts'
import { toTable } from '../table.ts'
import type { Agent } from './agents.ts'

interface Questioned {
  readonly agents: readonly Agent[]
  readonly say: (text: string) => void
  readonly abort: AbortSignal
}

interface Answered<T> {
  readonly agent: Agent
  readonly answer: T
}

/** Asks all at once. Failures are told; `isWhole`: there was none. What is not there is none, if it is somewhere. */
async function askAll<T>(
  { agents, say }: Questioned,
  ask: (agent: Agent) => Promise<T>,
): Promise<{ readonly answers: readonly Answered<T>[]; readonly isWhole: boolean }> {
  const outcomes = await Promise.all(
    agents.map(async agent => {
      try {
        return { agent, answer: await ask(agent) }
      } catch (error) {
        if (!(error instanceof ClientError)) throw error
        return { agent, error }
      }
    }),
  )
  const answers = outcomes.flatMap(each => ('answer' in each ? [each as Answered<T>] : []))
  const errors = outcomes.flatMap(each => ('error' in each ? [each.error] : []))
  const told = answers.length > 0 ? errors.filter(({ status }) => status !== 404) : errors
  for (const { message } of told) say(message)
  return { answers, isWhole: told.length === 0 }
}

/** Returns whether all agents answered, as all of these do. */
export async function listJobs(given: Questioned, output: string, namespace: string | undefined) {
  const { answers, isWhole } = await askAll(given, ({ client }) => client.jobs({ abort: given.abort }))
  const rows = answers.flatMap(({ agent, answer: { running, completed } }) =>
    [...Object.values(running), ...Object.values(completed)]
      .filter(job => isIn(job, namespace))
      .map(job => ({ endpoint: agent.address, name: agent.name, job })),
  )
  if (output === 'json') print(toJson(rows.map(({ endpoint, job }) => ({ endpoint, ...job }))))
  else if (answers.length > 0)
    print(toTable(['AGENT', 'ID', 'NAMESPACE', 'NAME', 'STATE', 'SYSCALLS'], rows.map(toRow)))
  return isWhole
}

function toRow({ name, job: { id, traceSpec } }: { name: string; job: JobDocument }): string[] {
  const { metadata, spec, status } = traceSpec
  const calls = spec.syscalls?.join(',') || '-'
  return [name, id, metadata.namespace ?? '-', metadata.name, status.state, calls].map(printable)
}

function isIn({ traceSpec: { metadata } }: JobDocument, namespace: string | undefined): boolean {
  return namespace === undefined || metadata.namespace === namespace
}

/** A list of Trace objects for each agent, in JSON; whose it is, on standard error. */
export async function queryJobs(
  given: Questioned,
  state: 'running' | 'completed',
  namespace: string | undefined,
): Promise<boolean> {
  const { answers, isWhole } = await askAll(given, ({ client }) => client.jobs({ abort: given.abort }))
  for (const { agent, answer } of answers) {
    given.say(`endpoint=${agent.name}`)
    const jobs = Object.values(answer[state]).filter(job => isIn(job, namespace))
    print(toJson(jobs.map(({ traceSpec }) => traceSpec)))
  }
  return isWhole
}

export async function getJob(given: Questioned, id: string): Promise<boolean> {
  const { answers, isWhole } = await askAll(given, ({ client }) => client.get(id, { abort: given.abort }))
  for (const { agent, answer } of answers) print(toLine({ endpoint: agent.address, ...answer }))
  return isWhole
}

export async function statusOfJob(given: Questioned, id: string, output: string): Promise<boolean> {
  const { answers, isWhole } = await askAll(given, ({ client }) => client.status(id, { abort: given.abort }))
  if (output === 'json')
    print(toJson(answers.map(({ agent, answer }) => ({ endpoint: agent.address, ...answer }))))
  else if (answers.length > 0)
    print(
      toTable(
        STATUS_HEAD,
        answers.map(({ answer }) => toStatusRow(answer)),
      ),
    )
  return isWhole
}

const STATUS_HEAD = [
  'NODE',
  'STATE',
  'REASON',
  'CONTAINERS',
  'CALLS',
  'LOST',
  'CALLS/S',
  'CLIENTS',
  'SENT',
  'MISSED',
]

function toStatusRow(status: JobStatus): string[] {
  const { node, state, reason = '-', matchedTotal, calls, callsPerSecond, clients, sent } = status
  const rate = Math.round(callsPerSecond)
  const numbers = [matchedTotal, calls, sumOf(status.lost), rate, clients, sent, sumOf(status.missed)]
  return [node, state, reason, ...numbers.map(String)].map(printable)
}

const sumOf = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0)

/** Tries all agents for all jobs, and tells of each. A job that no agent has is a failure. */
export async function deleteJobs(given: Questioned, ids: readonly string[]): Promise<boolean> {
  let isWhole = true
  for (const id of ids) isWhole = (await deleteJob(given, id)) && isWhole
  return isWhole
}

async function deleteJob({ agents, say, abort }: Questioned, id: string): Promise<boolean> {
  const outcomes = await Promise.all(
    agents.map(async agent => ({ agent, error: await failureOf(agent.client.delete(id, { abort })) })),
  )
  const isSomewhere = outcomes.some(({ error }) => error === undefined)
  let isWhole = true
  for (const { agent, error } of outcomes) {
    const isAbsent = error?.status === 404 && isSomewhere
    const outcome = error === undefined ? 'Success!' : isAbsent ? 'not there' : 'FAIL!'
    print(`Deleting ${printable(id)} on ${agent.name} ... ${outcome}\n`)
    if (error === undefined || isAbsent) continue
    say(error.message)
    isWhole = false
  }
  return isWhole
}

/** Undefined: it succeeded. */
async function failureOf(work: Promise<unknown>): Promise<ClientError | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof ClientError) return error
    throw error
  }
}

function toJson(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`
}

function toLine(document: unknown): string {
  return `${JSON.stringify(document)}\n`
}
