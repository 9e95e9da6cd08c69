import type { NamedPipeline } from '../component.ts'
import type { Plan } from '../plan.ts'
import type { Registry } from '../registry.ts'

interface Problem {
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly hint?: string
}

/**
 * Each pipeline that the configuration of a connector names must begin with it, and carry the signal that it is given. One that no pipeline
 * begins with names nothing: if it is used, that is its fault.
 */
export function checkNamedPipelines(plan: Plan, registry: Registry): Problem[] {
  return [...plan.connectors].flatMap(([id, { type, config }]) => {
    const named = registry.connectors.get(type)?.pipelines?.(config as never) ?? []
    return named.flatMap(one => {
      const said = findFault(plan, id, one)
      return said ? [{ path: ['connectors', id, ...one.path], ...said }] : []
    })
  })
}

function findFault(
  { pipelines }: Plan,
  connector: string,
  { id }: NamedPipeline,
): Pick<Problem, 'message' | 'hint'> | undefined {
  const own = pipelines.filter(({ receivers }) => receivers.includes(connector)).map(one => one.id)
  const given = pipelines.filter(({ exporters }) => exporters.includes(connector)).map(one => one.signal)
  if (own.length === 0) return undefined
  const rule = `must be a pipeline that has ${connector} as receiver, got "${id}"`
  const found = pipelines.find(one => one.id === id)
  if (!found) return { message: `${rule}, which is not configured`, hint: `known: ${own.join(', ')}` }
  if (!own.includes(id))
    return { message: `${rule}, which has not`, hint: `add ${connector} to its receivers` }
  if (given.every(signal => signal === found.signal)) return undefined
  const signals = [...new Set(given)].join(' and ')
  return {
    message: `must be of the signal that ${connector} is given, ${signals}, got "${id}"`,
    hint: 'make a connector for each signal',
  }
}
