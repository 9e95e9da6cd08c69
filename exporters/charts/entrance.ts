/** Who asks, and what of the numbers the caller may see. */
import type { Access } from '../../pipeline/http/access.ts'
import type { Exchange } from '../../pipeline/http/route.ts'
import type { History } from '../../stats/history.ts'
import type { MaySee } from './data.ts'
import { refuse } from './replies.ts'

export interface Filter {
  readonly maySee: MaySee
  /** Equal for callers that may see the same. */
  readonly allowed: readonly (string | null)[] | 'all'
}

export interface EntranceOptions {
  readonly history: Pick<History, 'namespaces'>
  /** `all`: nobody has to log in; undefined: users must, and nobody knows them. */
  readonly access: () => Access | 'all' | undefined
}

/** Undefined: the request has its answer. */
export async function enter(
  { access, history }: EntranceOptions,
  { request, response }: Exchange,
): Promise<Filter | undefined> {
  const logins = access()
  if (logins === 'all') return { maySee: () => true, allowed: 'all' }
  if (logins === undefined) {
    const error = 'login: needs the extension trace_api, which knows the users; add it, or set login to false'
    refuse(response, 503, { error })
    return undefined
  }
  try {
    const may = await logins.namespacesOf(request)
    if (may) return await toFilter(may, history.namespaces())
    refuse(response, 401, { error: 'must come with a login' }, { 'WWW-Authenticate': logins.challenge })
  } catch (error) {
    const {
      status,
      retryAfterMs = 1000,
      message,
    } = error as Error & {
      status?: number
      retryAfterMs?: number
    }
    if (status === undefined) throw error
    refuse(response, status, { error: message }, { 'Retry-After': `${Math.ceil(retryAfterMs / 1000)}` })
  }
  return undefined
}

async function toFilter(
  may: (namespace: string | undefined) => Promise<boolean>,
  namespaces: ReadonlySet<string | undefined>,
): Promise<Filter> {
  const known = [...namespaces].sort()
  const answers = await Promise.all(known.map(namespace => may(namespace)))
  const allowed = known.filter((_, i) => answers[i])
  const set = new Set(allowed)
  return { maySee: namespace => set.has(namespace), allowed: allowed.map(name => name ?? null) }
}
