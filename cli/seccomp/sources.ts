/** Gathers observations: from files, from agents, from this kernel. */
import { readFileSync } from 'node:fs'
import { ClientError } from '../../client/client.ts'
import { onAbort } from '../../pipeline/abort.ts'
import { systemClock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { FILTERS, isMeant, type Observation, type SubjectFilter } from '../../seccomp/api/observation.ts'
import { merge } from '../../seccomp/merge.ts'
import { decodeObservation, readObservation } from '../../seccomp/read-observation.ts'
import type { Agent } from '../client/agents.ts'
import { openAgents } from '../client/open-agents.ts'
import { say } from '../stderr.ts'
import type { Source, Wanted } from './decode-options.ts'

interface Gathered {
  readonly observation: Observation
  /** False: an agent did not answer. */
  readonly isWhole: boolean
}

/** Throws SECCOMP_INVALID, OUTPUT_FAILED's like of the system, and what agents or the kernel have against it. */
export async function gather({ source, filter }: Wanted, stop: AbortSignal): Promise<Gathered> {
  switch (source.kind) {
    case 'files':
      return { observation: only(merge(source.paths.map(readFile)), filter), isWhole: true }
    case 'agents':
      return askAgents(source, filter, stop)
    case 'kernel':
      return { observation: await watchKernel(source, filter, stop), isWhole: true }
  }
}

/** Reads a file, or standard input for `-`. */
export function readFile(path: string): Observation {
  return readObservation(readText(path), path === '-' ? 'standard input' : path)
}

export function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new SwollError('SECCOMP_INVALID', `${path}: must be a file that can be read (${code})`, { cause })
  }
}

export function only(observation: Observation, filter: SubjectFilter): Observation {
  return { ...observation, subjects: observation.subjects.filter(subject => isMeant(subject, filter)) }
}

async function askAgents(
  { typed, login, endpoints }: Extract<Source, { kind: 'agents' }>,
  filter: SubjectFilter,
  abort: AbortSignal,
): Promise<Gathered> {
  const { agents, unreached } = await openAgents({ typed, login, endpoints, say, abort })
  const query = new URLSearchParams()
  for (const key of FILTERS) for (const value of filter[key] ?? []) query.append(key, value)
  const answers = await Promise.all(agents.map(agent => ask(agent, query, abort)))
  const found = answers.filter(answer => answer !== undefined)
  if (found.length === 0)
    throw new SwollError(
      'AGENT_UNREACHABLE',
      `agents: one of ${agents.length} must say what it has seen, got none`,
    )
  return {
    observation: only(merge(found), filter),
    isWhole: unreached === 0 && found.length === agents.length,
  }
}

/** Undefined: told why. */
async function ask(
  { client, name }: Agent,
  query: URLSearchParams,
  abort: AbortSignal,
): Promise<Observation | undefined> {
  try {
    return decodeObservation(await client.seen(query, { abort }), name)
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    const hint = error.status === 404 ? '; it needs the exporter charts in its metrics pipeline' : ''
    say(`${error.message}${hint}`)
    return undefined
  }
}

async function watchKernel(
  { durationMs, hasArguments, kubeconfig }: Extract<Source, { kind: 'kernel' }>,
  filter: SubjectFilter,
  stop: AbortSignal,
): Promise<Observation> {
  const { observeKernel } = await import('./kernel-source.ts')
  const over = new AbortController()
  using cleanup = new DisposableStack()
  cleanup.use(onAbort(stop, () => over.abort()))
  const began = (): void => {
    say(`counting; what began before is known in part${durationMs === undefined ? '; Ctrl-C ends it' : ''}`)
    if (durationMs !== undefined) cleanup.defer(systemClock.after(durationMs, () => over.abort()))
  }
  return await observeKernel(filter, { hasArguments, kubeconfig, warn: say, began, stop: over.signal })
}
