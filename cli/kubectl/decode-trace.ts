/** Decodes the options of `kubectl swoll trace`: those of `swoll trace` by the same code, and its own. */

import { SwollError } from '../../pipeline/errors.ts'
import { type TraceSpec, traceSpec } from '../../trace/api/spec.ts'
import type { ContainerSelection } from '../../trace/requests/request.ts'
import { decodeOptions, type TraceOptions } from '../trace/decode-options.ts'
import { checkRemote, toSpec } from '../trace/to-spec.ts'
import { Usage } from '../trace/usage.ts'
import { type TypedTrace, VIAS, type Via } from './options.ts'
import { decodeNamedTarget, type NamedTarget } from './target.ts'

export interface KubeTraceOptions {
  /** Without the pods of the target. */
  readonly spec: TraceSpec
  /** Undefined: the specification says whose calls. */
  readonly target: NamedTarget | undefined
  readonly via: Via
  readonly shown: Pick<TraceOptions, 'output' | 'display' | 'file' | 'count' | 'durationMs'>
}

/** Throws USAGE_INVALID with a line per mistake. */
export function decodeTrace(typed: TypedTrace, operands: readonly string[]): KubeTraceOptions {
  const { namespace: _, kubeconfig: __, ...own } = typed
  const target = operands.map(decodeNamedTarget).find(found => found !== undefined)
  checkRemote(typed)
  const options = decodeOptions(own, target === undefined ? operands : [], undefined)
  const via = decodeVia(typed, target, operands)
  const targets = options.request.targets as ContainerSelection
  return { spec: check(toSpec({ ...options.request, targets }, own)), target, via, shown: options }
}

function decodeVia(typed: TypedTrace, target: NamedTarget | undefined, operands: readonly string[]): Via {
  const usage = new Usage()
  const via = usage.oneOf('--via', typed.via ?? 'auto', VIAS) ?? 'auto'
  const named = target && `${target.kind}/${target.name}`
  if (named !== undefined && operands.length > 1)
    usage.refuse('target', `must be one, got ${operands.join(' ')}`)
  for (const [option, given] of [
    ['--label-selector', typed.labelSelector],
    ['--pod', typed.pod],
  ] as const)
    if (named !== undefined && given !== undefined)
      usage.refuse(option, `must not be given together with ${named}, which says the same`)
  if (typed.allNamespaces && named !== undefined)
    usage.refuse('--all-namespaces', `must not be given together with ${named}, which is in one`)
  if (typed.allNamespaces && via === 'resource')
    usage.refuse('--via', 'must not be resource with --all-namespaces: a Trace is for its own namespace')
  if (typed.as !== undefined && via !== 'resource' && via !== 'auto')
    usage.refuse(
      '--via',
      `must be resource with --as, since agents are asked with your own token, got "${via}"`,
    )
  usage.check()
  return typed.as === undefined ? via : 'resource'
}

/** What the options allow and an agent does not, such as a duration below a second. */
function check(spec: TraceSpec): TraceSpec {
  const { success, error } = traceSpec.safeParse(spec)
  if (success) return spec
  const lines = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw new SwollError('USAGE_INVALID', lines.join('\n'))
}
