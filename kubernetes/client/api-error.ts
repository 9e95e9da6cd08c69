/** Refusals of the API server: their meaning and remedy. */
import { SwollError } from '../../pipeline/errors.ts'
import { shorten } from '../../pipeline/printable.ts'

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete'

/** The object of a request, in the words of RBAC rules. */
export interface ApiObject {
  /** `` for the core group, `apps`, `batch`. */
  readonly group: string
  readonly version: string
  /** Plural, lower case: `pods`. */
  readonly resource: string
  /** Absent: all namespaces, or an object without a namespace. */
  readonly namespace?: string | undefined
  /** Absent: all objects. */
  readonly name?: string | undefined
  /** Such as `status` or `log`. */
  readonly subresource?: string | undefined
}

/** The error of a request that the API server refused, or that did not reach the server. */
export class ApiError extends SwollError {
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
  constructor(message: string, options: ErrorOptions & { status?: number; retryAfterMs?: number } = {}) {
    super('KUBERNETES_API_FAILED', message, options)
    this.name = 'ApiError'
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
  }
}

/** The path below the server's address. */
export function apiPath({ group, version, resource, namespace, name, subresource }: ApiObject): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`
  const which = name === undefined ? '' : `/${encodeURIComponent(name)}`
  return `${root}${within}/${resource}${which}${subresource === undefined ? '' : `/${subresource}`}`
}

/** A server that asks for a longer pause is asked again after this: pods would wait for their names. */
const LONGEST_RETRY_AFTER_S = 600
/** Characters of what a server says that anybody reads. */
const MOST_SAID = 500

/** The error for an answer that is no success. `body` is the server's text, a Status object as a rule. */
export function toApiError(
  verb: Verb,
  object: ApiObject,
  answer: { readonly status: number; readonly body: string; readonly retryAfter?: string | undefined },
): ApiError {
  const { status } = answer
  const said = statusMessage(answer.body)
  const what = `${verb} ${resourceOf(object)}${object.name === undefined ? '' : ` ${object.name}`}`
  const seconds = Math.min(Number(answer.retryAfter), LONGEST_RETRY_AFTER_S)
  const options = { status, ...(seconds > 0 && { retryAfterMs: seconds * 1000 }) }
  if (status === 403) return new ApiError(explainForbidden(verb, object, said), options)
  if (status === 401)
    return new ApiError(
      `Kubernetes API: ${what}: must log in with credentials that are accepted, got 401 Unauthorized; check that the service account exists and that its token is mounted and current`,
      options,
    )
  return new ApiError(`Kubernetes API: ${what}: got ${status}${said && ` (${said})`}`, options)
}

/** As rules of RBAC have it: `traces/status`. */
function resourceOf({ resource, subresource }: ApiObject): string {
  return subresource === undefined ? resource : `${resource}/${subresource}`
}

function explainForbidden(asked: Verb, object: ApiObject, said: string): string {
  const { group, namespace } = object
  const verb = /cannot (\w+) resource/.exec(said)?.[1] ?? asked // an upgrade is a GET, and needs the right to create
  const resource = resourceOf(object)
  const user = /(?:User "|user=)([^",]+)/.exec(said)?.[1] ?? 'this user'
  const place = namespace === undefined ? 'in the whole cluster' : `in the namespace ${namespace}`
  const role = namespace === undefined ? 'ClusterRole' : 'Role or ClusterRole'
  const rule = `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["${verb}"]}`
  return `Kubernetes API: ${user} must be allowed to ${verb} ${resource} of API group "${group}" ${place}, got 403 Forbidden; add ${rule} to a ${role} bound to it`
}

function statusMessage(body: string): string {
  try {
    return shorten(String((JSON.parse(body) as { message?: unknown }).message ?? ''), MOST_SAID)
  } catch {
    return body.slice(0, 200).trim()
  }
}
