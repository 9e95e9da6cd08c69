/** The options of `swoll trace` as the specification of a job, for those who ask agents of other hosts. */
import { SelectorError } from '../../kubernetes/selectors/labels.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { toFieldSelector, toLabelSelector } from '../../trace/api/from-text.ts'
import type { TraceSpec } from '../../trace/api/spec.ts'
import type { ContainerSelection, TraceRequest } from '../../trace/requests/request.ts'
import type { TypedOptions } from './options.ts'
import { Usage } from './usage.ts'

/** Refuses what means something on this host alone: names of users, and paths from here. Throws USAGE_INVALID. */
export function checkRemote(typed: Pick<TypedOptions, 'uid' | 'path'>): void {
  const usage = new Usage()
  if (typed.uid !== undefined && !/^\d+$/.test(typed.uid))
    usage.refuse(
      '--uid',
      `must be a number, since users of this host mean nothing elsewhere, got "${typed.uid}"`,
    )
  for (const path of typed.path ?? [])
    if (!path.startsWith('/'))
      usage.refuse('--path', `must be a path from the root of the container, got "${path}"`)
  usage.check()
}

/** Whose calls, and which. `typed`: for what a request has no more, or in another form. Throws USAGE_INVALID. */
export function toSpec(
  request: Pick<TraceRequest, 'calls' | 'filter' | 'limits'> & { readonly targets: ContainerSelection },
  typed: TypedOptions,
): TraceSpec {
  const { calls, filter, limits } = request
  const { uid, comm, errors, isSuccessful, paths, sample } = filter
  return {
    ...toTargets(request.targets),
    syscalls: calls.length === 0 ? ['all'] : [...calls],
    ...(uid !== undefined && { uid }),
    ...(comm !== undefined && { comm }),
    ...(errors !== undefined && { errors: errors.length === 0 ? ['any'] : [...errors] }),
    ...(isSuccessful && { successfulOnly: true }),
    ...(paths !== undefined && { paths: [...paths] }),
    ...(typed.minLatency !== undefined && { minLatency: typed.minLatency }),
    ...(sample > 1 && { sampleRate: sample }),
    ...(typed.rateLimit !== undefined && { rateLimit: Number(typed.rateLimit) }),
    ...(typed.stringLimit !== undefined && { stringLimit: limits.stringBytes }),
    ...(limits.payloadBytes > 0 && { payloadLimit: limits.payloadBytes }),
    ...(limits.environments && { environment: true }),
    ...(typed.duration !== undefined && { duration: typed.duration }),
    ...(typed.count !== undefined && { budget: { calls: Number(typed.count) } }),
  }
}

function toTargets({ pods, containers, labels, fields }: ContainerSelection): TraceSpec {
  const labelSelector = selectorOf('label selector', toLabelSelector, labels)
  const fieldSelector = selectorOf('--field-selector', toFieldSelector, fields)
  return {
    ...(labelSelector && { labelSelector }),
    ...(fieldSelector && { fieldSelector }),
    ...(pods.length > 0 && { pods: [...pods] }),
    ...(containers.length > 0 && { hostSelector: [...containers] }),
  }
}

function selectorOf<T>(option: string, decode: (text: string) => T, text: string): T {
  try {
    return decode(text)
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error
    throw new SwollError('USAGE_INVALID', `${option}: ${error.message}`)
  }
}
