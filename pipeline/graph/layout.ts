import type { ComponentId, Signal } from '../component.ts'
import { SIGNALS } from '../data/batches.ts'
import { KINDS, type Kind, type List } from '../kinds.ts'
import { kindOf, type Plan, type PlannedPipeline } from '../plan.ts'

/** A component to be. */
export interface ComponentVertex {
  /** The name it goes by in errors, logs and the status: `kind::id`, for a processor with its pipeline: `processors::filter (metrics/app)`. */
  readonly key: string
  readonly kind: Kind
  readonly id: ComponentId
  /** The pipelines that it is in, by id; of an extension none. */
  readonly pipelines: readonly string[]
  /** The one pipeline of a processor. */
  readonly pipeline?: PlannedPipeline
  /** By signal, the key of the vertex that it gives to. */
  readonly next: ReadonlyMap<Signal, string>
}

/** A fan-out to be: between receiver or connector and pipelines, or between a pipeline and what takes from it. */
export interface FanoutVertex {
  readonly key: string
  readonly signal: Signal
  /** True: a lone branch has no bounds of its own. */
  readonly isEntry: boolean
  readonly branches: readonly { readonly name: string; readonly to: string }[]
}

export type Vertex = ComponentVertex | FanoutVertex

/**
 * All that is to run, each after all that it gives to: extensions, exporters, pipelines from the last to the first with the
 * connectors between them, receivers. The plan must be free of cycles. Peers are in the order of the plan.
 */
export function layoutOf(plan: Plan): Vertex[] {
  const exporters = named(plan, 'exporters', 'exporters')
  const receivers = named(plan, 'receivers', 'receivers').map(id => sourceOf(plan, 'receivers', id))
  const connectors = named(plan, 'receivers', 'connectors').map(id => sourceOf(plan, 'connectors', id))
  const levelOf = levelsOf(plan)
  const levels = [...new Set(plan.pipelines.map(levelOf))].sort((a, b) => a - b)
  return [
    ...plan.runningExtensions.map(id => extensionOf(id)),
    ...exporters.map(id => exporterOf(plan, id)),
    ...levels.flatMap(level => {
      const pipelines = plan.pipelines.filter(pipeline => levelOf(pipeline) === level)
      const sources = connectors.filter(({ sinks }) => Math.max(...sinks.map(levelOf)) === level)
      return [
        ...pipelines.map(pipeline => exitOf(plan, pipeline)),
        ...pipelines.flatMap(processorsOf),
        ...sources.flatMap(({ entries }) => entries),
        ...sources.map(({ vertex }) => vertex),
      ]
    }),
    ...receivers.flatMap(({ entries }) => entries),
    ...receivers.map(({ vertex }) => vertex),
  ]
}

/** The ids of one kind that pipelines name in this list, in the order of their first use. */
function named(plan: Plan, list: List, kind: Kind): string[] {
  const ids = new Set(plan.pipelines.flatMap(pipeline => pipeline[list]))
  return [...ids].filter(id => kindOf(plan, list, id) === kind)
}

/** How many connectors there are at most between a pipeline and the last exporter. */
function levelsOf(plan: Plan): (pipeline: PlannedPipeline) => number {
  const levels = new Map<PlannedPipeline, number>()
  const levelOf = (pipeline: PlannedPipeline): number => {
    const connectors = pipeline.exporters.filter(id => plan.connectors.has(id))
    const sinks = plan.pipelines.filter(({ receivers }) => receivers.some(id => connectors.includes(id)))
    const level = levels.get(pipeline) ?? Math.max(0, ...sinks.map(sink => 1 + levelOf(sink)))
    levels.set(pipeline, level)
    return level
  }
  return levelOf
}

function extensionOf(id: ComponentId): ComponentVertex {
  return { key: `extensions::${id}`, kind: 'extensions', id, pipelines: [], next: new Map() }
}

function exporterOf(plan: Plan, id: ComponentId): ComponentVertex {
  const pipelines = pipelinesWith(plan, 'exporters', id)
  return { key: `exporters::${id}`, kind: 'exporters', id, pipelines, next: new Map() }
}

/** The ids of the pipelines that name a component of this kind. */
function pipelinesWith({ pipelines }: Plan, kind: Kind, id: ComponentId): string[] {
  const { lists } = KINDS[kind]
  return pipelines.filter(pipeline => lists.some(list => pipeline[list].includes(id))).map(one => one.id)
}

/** A receiver or connector, with the fan-outs to the pipelines that name it. */
function sourceOf(plan: Plan, kind: Kind, id: ComponentId) {
  const sinks = plan.pipelines.filter(pipeline => pipeline.receivers.includes(id))
  const entries = SIGNALS.flatMap((signal): FanoutVertex[] => {
    const branches = sinks
      .filter(pipeline => pipeline.signal === signal)
      .map(pipeline => ({ name: nameOfPipeline(pipeline.id), to: headOf(pipeline) }))
    return branches.length > 0 ? [{ key: `${kind}::${id} → ${signal}`, signal, isEntry: true, branches }] : []
  })
  const next = new Map(entries.map(({ signal, key }) => [signal, key]))
  const vertex: ComponentVertex = {
    key: `${kind}::${id}`,
    kind,
    id,
    pipelines: pipelinesWith(plan, kind, id),
    next,
  }
  return { vertex, entries, sinks }
}

/** From the last to the first. */
function processorsOf(pipeline: PlannedPipeline): ComponentVertex[] {
  const { processors, signal } = pipeline
  return processors
    .map((id, i): ComponentVertex => {
      const after = processors[i + 1]
      const to = after === undefined ? exitKey(pipeline) : processorKey(pipeline, after)
      return {
        key: processorKey(pipeline, id),
        kind: 'processors',
        id,
        pipelines: [pipeline.id],
        pipeline,
        next: new Map([[signal, to]]),
      }
    })
    .reverse()
}

function exitOf(plan: Plan, pipeline: PlannedPipeline): FanoutVertex {
  const branches = pipeline.exporters.map(id => {
    const key = `${kindOf(plan, 'exporters', id)}::${id}`
    return { name: key, to: key }
  })
  return { key: exitKey(pipeline), signal: pipeline.signal, isEntry: false, branches }
}

/** The name of the branch that leads to a pipeline. */
export function nameOfPipeline(id: string): string {
  return `service::pipelines::${id}`
}

/** Returns the key of the vertex that takes the data of a pipeline first. */
function headOf(pipeline: PlannedPipeline): string {
  const first = pipeline.processors[0]
  return first === undefined ? exitKey(pipeline) : processorKey(pipeline, first)
}

const exitKey = (pipeline: PlannedPipeline) => `${nameOfPipeline(pipeline.id)} → exporters`
const processorKey = (pipeline: PlannedPipeline, id: ComponentId) => `processors::${id} (${pipeline.id})`
