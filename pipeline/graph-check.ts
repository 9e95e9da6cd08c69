import { LISTS } from './kinds.ts'
import type { Plan } from './plan.ts'
import type { Registry } from './registry.ts'

/** One reason why the plan cannot be built. */
interface PlanProblem {
  /** Where in the configuration, e.g. `['exporters', 'debug']`. */
  readonly path: readonly string[]
  readonly message: string
}

/** Everything about a plan that can be refused before anything is created: does each component know the signals it is to carry? */
export function checkPlan(plan: Plan, registry: Registry): PlanProblem[] {
  const problems = new Map<string, PlanProblem>()
  const refuse = (path: readonly string[], message: string) =>
    problems.set(`${path.join('::')} ${message}`, { path, message })
  for (const pipeline of plan.pipelines) {
    for (const kind of LISTS)
      for (const id of pipeline[kind]) {
        const stability = registry[kind].get(plan[kind].get(id)?.type ?? '')?.stability
        if (stability && !stability[pipeline.signal])
          refuse(
            [kind, id],
            `does not support ${pipeline.signal} (supports: ${Object.keys(stability).join(', ') || 'nothing'})`,
          )
      }
  }
  return [...problems.values()]
}
