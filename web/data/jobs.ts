/** Jobs of the agent: what is asked for, and the requests that make and end them. */
import type { TraceChoice } from '../command.ts'
import type { Session } from './session.ts'

/** The job of a page that is gone ends after this. */
const LEASE = '60s'
export const RENEW_MS = 20_000

/** The body of a request, in the words of the Trace resource (trace/api/spec.ts). Without a namespace it is about the host. */
function toSpec(choice: TraceChoice): Record<string, unknown> {
  const { namespace, pod, container, syscalls, errors, minLatency, comm, path } = choice
  return {
    ...(namespace ? {} : { from: 'host' }),
    ...list('pods', pod),
    ...list('hostSelector', container),
    ...list('syscalls', syscalls),
    ...list('errors', errors),
    ...(minLatency ? { minLatency } : {}),
    ...(comm ? { comm } : {}),
    ...(path ? { paths: [path] } : {}),
  }
}

function list(key: string, text: string): Record<string, string[]> {
  const values = text
    .split(',')
    .map(each => each.trim())
    .filter(Boolean)
  return values.length > 0 ? { [key]: values } : {}
}

/** Makes the job, or renews its lease if it is there. Rejects with AnswerError. */
export async function ensureJob(session: Session, choice: TraceChoice, id: string): Promise<void> {
  const place = choice.namespace
    ? `jobs/namespaces/${encodeURIComponent(choice.namespace)}/${id}`
    : `jobs/${id}`
  const url = new URL(`${place}?lease=${LEASE}`, session.api)
  await session.open(url, { method: 'PUT', body: toSpec(choice) })
}

/** A job that goes on without the page, until its duration is over or somebody ends it. */
export async function createJob(session: Session, choice: TraceChoice, duration: string): Promise<string> {
  const place = choice.namespace ? `jobs/namespaces/${encodeURIComponent(choice.namespace)}` : 'jobs'
  const body = { ...toSpec(choice), ...(duration ? { duration } : {}) }
  const { id } = await session.json<{ id: string }>(new URL(place, session.api), { method: 'POST', body })
  return id
}

export async function deleteJob(session: Session, id: string): Promise<void> {
  await session.open(new URL(`jobs/${encodeURIComponent(id)}`, session.api), { method: 'DELETE' })
}

/** Pages are also read without TLS, where a browser has no `randomUUID`. */
export function newJobId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  return `page-${[...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')}`
}
