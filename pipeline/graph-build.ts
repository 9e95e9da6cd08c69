import type { Clock } from './clock.ts'
import type { Component, Consumer, Create, Exporter, FlowingSignal } from './component.ts'
import { countItems, countOffered, countOutcome } from './counted.ts'
import { SwollError } from './errors.ts'
import { createFanout, type Fanout } from './fanout.ts'
import { isFlowing } from './graph-check.ts'
import {
  createExporterCounters,
  createFanoutCounter,
  createProcessorCounters,
  createReceiverCounters,
} from './item-counters.ts'
import { withFields } from './log.ts'
import type { Kind, Plan, PlannedPipeline } from './plan.ts'
import type { Registry } from './registry.ts'
import type { Logger, Meter } from './telemetry.ts'

/** One created component, and the name it goes by in errors, logs and the status. */
export interface Node<C extends Component = Component> {
  /** `kind::id`, and for a processor the pipeline: `processors::filter (metrics/app)`. */
  readonly name: string
  readonly log: Logger
  readonly component: C
}

/** What was built, each list in the order of the data. */
export interface Nodes {
  readonly receivers: Node[]
  /** Between a receiver and its pipelines. */
  readonly entries: Fanout<FlowingSignal>[]
  readonly processors: Node[]
  /** Between a pipeline and its exporters. */
  readonly exits: Fanout<FlowingSignal>[]
  readonly exporters: Map<string, Node<Exporter>>
}

export interface BuildOptions {
  readonly registry: Registry
  readonly log: Logger
  readonly meter: Meter
  readonly clock?: Clock
}

interface Build extends BuildOptions {
  readonly plan: Plan
  readonly nodes: Nodes
}

type FlowingPipeline = PlannedPipeline & { readonly signal: FlowingSignal }

/**
 * Creates what the pipelines of a checked plan use, from the exporters back: one receiver or exporter per id, one
 * processor per pipeline and id. Nothing is started. Throws SwollError COMPONENT_START_FAILED if a factory throws.
 */
export function buildNodes(plan: Plan, options: BuildOptions): Nodes {
  const nodes: Nodes = { receivers: [], entries: [], processors: [], exits: [], exporters: new Map() }
  const build: Build = { ...options, plan, nodes }
  const pipelines = plan.pipelines.filter((p): p is FlowingPipeline => isFlowing(p.signal))
  const idsOf = (kind: Kind) => new Set(pipelines.flatMap(pipeline => pipeline[kind]))
  for (const id of idsOf('exporters')) nodes.exporters.set(id, createExporter(build, id))
  const inlets = new Map(pipelines.map(pipeline => [pipeline, createPipeline(build, pipeline)]))
  for (const id of idsOf('receivers')) nodes.receivers.push(createReceiver(build, id, inlets))
  return nodes
}

function createExporter(build: Build, id: string): Node<Exporter> {
  const { type } = build.plan.exporters.get(id)!
  return createNode(build, 'exporters', id, c => build.registry.exporters.get(type)!.create(c))
}

/** What an exporter consumes of this signal, counted unless it counts itself. */
function exporterInlet<S extends FlowingSignal>(build: Build, id: string, signal: S): Consumer<S> {
  const { component, name } = build.nodes.exporters.get(id)!
  const consumer = component.consumers[signal]
  if (!consumer)
    throw new SwollError('COMPONENT_START_FAILED', `${name}: must have a consumer for ${signal}, got none`)
  if (component.countsItself) return consumer
  const { sent, sendFailed } = createExporterCounters(build.meter, id, signal)
  return countOutcome(signal, consumer, { taken: sent, refused: sendFailed })
}

/** The pipeline's processors before the fan-out to its exporters. Mutates if any part of it writes to the batch. */
function createPipeline(build: Build, pipeline: FlowingPipeline): Consumer<FlowingSignal> {
  const { signal } = pipeline
  const targets = pipeline.exporters.map(id => ({
    name: `exporters::${id}`,
    consumer: exporterInlet(build, id, signal),
  }))
  let next: Consumer<FlowingSignal> = fanOut(build, build.nodes.exits, signal, targets)
  let mutates = next.mutates
  const own: Node[] = []
  for (const id of pipeline.processors.toReversed()) {
    const { type } = build.plan.processors.get(id)!
    const counters = createProcessorCounters(build.meter, { processor: id, pipeline: pipeline.id, signal })
    const output = countOffered(signal, next, counters.outgoing)
    const create = (c: Create<unknown>) => build.registry.processors.get(type)!.create(c, signal, output)
    const node = createNode(build, 'processors', id, create, pipeline.id)
    own.unshift(node)
    mutates ||= node.component.mutates
    next = countOffered(signal, node.component, counters.incoming)
  }
  build.nodes.processors.push(...own)
  return { mutates, consume: (batch, abort) => next.consume(batch, abort) }
}

function createReceiver(
  build: Build,
  id: string,
  inlets: ReadonlyMap<FlowingPipeline, Consumer<FlowingSignal>>,
): Node {
  const { type } = build.plan.receivers.get(id)!
  const mine = [...inlets].filter(([pipeline]) => pipeline.receivers.includes(id))
  const next: { [S in FlowingSignal]?: Consumer<S> } = {}
  for (const signal of new Set(mine.map(([pipeline]) => pipeline.signal))) {
    const branches = mine
      .filter(([pipeline]) => pipeline.signal === signal)
      .map(([pipeline, consumer]) => ({ name: `service::pipelines::${pipeline.id}`, consumer }))
    const { accepted, refused } = createReceiverCounters(build.meter, id, signal)
    // A lone pipeline has its bounds where it fans out to exporters: one here would hold back the healthy ones.
    const limit = branches.length === 1 ? Number.POSITIVE_INFINITY : undefined
    const fanout = fanOut(build, build.nodes.entries, signal, branches, limit)
    next[signal] = countOutcome(signal, fanout, { taken: accepted, refused })
  }
  return createNode(build, 'receivers', id, c => build.registry.receivers.get(type)!.create(c, next))
}

function fanOut<S extends FlowingSignal>(
  build: Build,
  into: Fanout<FlowingSignal>[],
  signal: S,
  branches: readonly { readonly name: string; readonly consumer: Consumer<S> }[],
  limit?: number,
): Fanout<S> {
  const count = createFanoutCounter(build.meter, signal)
  const fanout = createFanout<S>(branches, {
    log: build.log,
    ...(limit !== undefined && { limit }),
    onDrop: (name, batch) => count(name, countItems(signal, batch)),
    ...(build.clock && { clock: build.clock }),
  })
  into.push(fanout)
  return fanout
}

/** Creates one component with its own logger. */
function createNode<C extends Component>(
  build: Build,
  kind: Kind,
  id: string,
  create: (context: Create<unknown>) => C,
  pipeline?: string,
): Node<C> {
  const name = pipeline === undefined ? `${kind}::${id}` : `${kind}::${id} (${pipeline})`
  const log = withFields(build.log, {
    component: `${kind}::${id}`,
    ...(pipeline !== undefined && { pipeline }),
  })
  const { config } = build.plan[kind].get(id)!
  try {
    return {
      name,
      log,
      component: create({ id, config: config as Readonly<unknown>, log, meter: build.meter }),
    }
  } catch (cause) {
    const message = `${name}: ${cause instanceof Error ? cause.message : cause}`
    throw new SwollError('COMPONENT_START_FAILED', message, { cause })
  }
}
