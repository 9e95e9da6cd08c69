import type { Factory } from '../component.ts'
import { type Kind, LISTS } from '../kinds.ts'
import { kindOf, type Plan, type PlannedPipeline } from '../plan.ts'
import type { Registry } from '../registry.ts'
import { checkNamedPipelines } from './check-named-pipelines.ts'
import { checkUses } from './check-uses.ts'

/** One reason why the plan cannot be built. */
interface PlanProblem {
  /** Where in the configuration, e.g. `['exporters', 'debug']`. */
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly hint?: string
  /** The id of an extension that the plan has not, if that is the reason. */
  readonly missing?: string
}

/** Everything about a plan that can be refused before anything is created: signals that a component does not know, ends of connectors, cycles, extensions. */
export function checkPlan(plan: Plan, registry: Registry): PlanProblem[] {
  return [
    ...checkSignals(plan, registry),
    ...checkConnectors(plan, registry),
    ...checkNamedPipelines(plan, registry),
    ...checkCycles(plan),
    ...checkUses(plan, registry),
  ]
}

function checkSignals(plan: Plan, registry: Registry): PlanProblem[] {
  const problems = new Map<string, PlanProblem>()
  for (const { signal, ...lists } of plan.pipelines)
    for (const list of LISTS)
      for (const id of lists[list]) {
        const kind = kindOf(plan, list, id)
        const stability = factoryOf(plan, registry, kind, id)?.stability
        if (!stability || kind === 'connectors' || stability[signal]) continue
        const message = `does not support ${signal} (${wordAbilities({ stability })})`
        problems.set(`${kind} ${id} ${signal}`, { path: [kind, id], message })
      }
  return [...problems.values()]
}

/** Each connector must be used at both ends, by pipelines between which it can make one signal of the other. */
function checkConnectors(plan: Plan, registry: Registry): PlanProblem[] {
  const problems: PlanProblem[] = []
  for (const id of plan.connectors.keys()) {
    const factory = factoryOf(plan, registry, 'connectors', id)
    if (!factory) continue
    const { sources, sinks } = endsOf(plan, id)
    const canJoin = (source: PlannedPipeline, sink: PlannedPipeline) =>
      factory.stability[`${source.signal}-to-${sink.signal}`] !== undefined
    const refuse = (lonely: readonly PlannedPipeline[], use: string, lack: string) => {
      if (lonely.length === 0) return
      const ids = lonely.map(pipeline => pipeline.id).join(', ')
      problems.push({
        path: ['connectors', id],
        message: `${use} ${ids}, but ${lack} (${wordAbilities(factory)})`,
      })
    }
    const deadEnds = sources.filter(source => !sinks.some(sink => canJoin(source, sink)))
    refuse(deadEnds, 'is an exporter of', 'a receiver of no pipeline that it could send this to')
    const unfed = sinks.filter(sink => !sources.some(source => canJoin(source, sink)))
    refuse(unfed, 'is a receiver of', 'an exporter of no pipeline that it could make this of')
  }
  return problems
}

/** The pipelines that a connector takes from, and those that it gives to. */
function endsOf({ pipelines }: Plan, id: string) {
  return {
    sources: pipelines.filter(pipeline => pipeline.exporters.includes(id)),
    sinks: pipelines.filter(pipeline => pipeline.receivers.includes(id)),
  }
}

/** Each connector that leads back to a pipeline that leads to it, once a ring. */
function checkCycles(plan: Plan): PlanProblem[] {
  const problems: PlanProblem[] = []
  const done = new Set<string>()
  const visit = (pipeline: PlannedPipeline, trail: readonly string[]): void => {
    const start = trail.indexOf(pipeline.id)
    if (start >= 0) {
      const ring = [...trail.slice(start), pipeline.id]
      const path = ['connectors', ring.at(-2)!.slice('connectors::'.length)]
      problems.push({ path, message: `must not lead back to where it came from, got ${ring.join(' → ')}` })
    }
    if (start >= 0 || done.has(pipeline.id)) return
    for (const id of pipeline.exporters.filter(one => plan.connectors.has(one)))
      for (const sink of endsOf(plan, id).sinks) visit(sink, [...trail, pipeline.id, `connectors::${id}`])
    done.add(pipeline.id)
  }
  for (const pipeline of plan.pipelines) visit(pipeline, [])
  return problems
}

function factoryOf(plan: Plan, registry: Registry, kind: Kind, id: string) {
  return registry[kind].get(plan[kind].get(id)?.type ?? '')
}

function wordAbilities({ stability }: Pick<Factory<unknown>, 'stability'>): string {
  return `supports: ${Object.keys(stability).join(', ') || 'nothing'}`
}
