/** Routes as they are written, and what is wrong with one. */
import { CONTEXTS, type ContextName } from '../../ottl/contexts.ts'
import type { Condition } from '../../ottl/cursor.ts'
import { readCondition, readRoute } from '../../ottl/language.ts'
import type { Signal } from '../../pipeline/component.ts'
import { SIGNALS } from '../../pipeline/data/batches.ts'

export const CONTEXT_NAMES = ['resource', 'span', 'metric', 'datapoint', 'log', 'request'] as const

/** A route of the configuration. It has a condition or a statement. */
interface Written {
  readonly context: (typeof CONTEXT_NAMES)[number]
  readonly condition?: string | undefined
  readonly statement?: string | undefined
}

/** As the Collector reads it: what follows is compared with metadata of clients, which no receiver of swoll has. */
const REQUEST = /^\s*request\[".*"\]\s*[!=]=\s*".*"\s*$/

export function signalOf(pipeline: string): Signal | undefined {
  return SIGNALS.find(signal => pipeline === signal || pipeline.startsWith(`${signal}/`))
}

/** What is wrong with a route of pipelines of this signal, and where in it. */
export function findFault(
  { context, condition, statement }: Written,
  signal: Signal,
): { readonly path: string[]; readonly message: string } | undefined {
  const key = condition === undefined ? 'statement' : 'condition'
  if (context === 'request') {
    if (condition === undefined) return { path: ['statement'], message: 'must be a condition for requests' }
    if (REQUEST.test(condition)) return undefined
    return {
      path: ['condition'],
      message: `must be written as request["key"] == "value", got "${condition}"`,
    }
  }
  const allowed = [...CONTEXTS[signal].filter(one => CONTEXT_NAMES.includes(one as never)), 'request']
  if (!allowed.includes(context))
    return {
      path: ['context'],
      message: `must be one of ${allowed.join(', ')} for pipelines of ${signal}, got "${context}"`,
    }
  if (condition === undefined && statement === undefined) return undefined
  const found = readTest({ context, condition, statement }, signal)
  return typeof found === 'string' ? { path: [key], message: found } : undefined
}

/** Which data a sound route is for; undefined: for none. */
export function toTest(written: Written, signal: Signal): Condition | undefined {
  if (written.context === 'request') return undefined
  const found = readTest(written, signal)
  if (typeof found === 'string') throw new Error(found)
  return found
}

function readTest({ context, condition, statement }: Written, signal: Signal): Condition | string {
  const where = { signal, context: context as ContextName }
  return condition === undefined ? readRoute(statement!, where) : readCondition(condition, where)
}
