import type { Clock } from './clock.ts'
import type { Component, Consumer, Consumers, Create, Part, Signal } from './component.ts'
import { countItems, countOffered, countOutcome } from './counted.ts'
import { SwollError } from './errors.ts'
import { createFanout, type Fanout } from './fanout.ts'
import {
  createExporterCounters,
  createFanoutCounter,
  createProcessorCounters,
  createReceiverCounters,
} from './item-counters.ts'
import type { Kind, List } from './kinds.ts'
import { withFields } from './log.ts'
import type { Plan, PlannedPipeline } from './plan.ts'
import type { Registry } from './registry.ts'
import type { Logger, Meter } from './telemetry.ts'

/** One created component, and the name it goes by in errors, logs and the status. */
export interface Node<C extends Component = Component> {
  /** `kind::id`, and for a processor the pipeline: `processors::filter (metrics/app)`. */
  readonly name: string
  readonly log: Logger
  readonly component: C
}

/** What may have batches under way when its senders have stopped. */
type Drain = Pick<Fanout<Signal>, 'drain'>

/** What was built, each list in the order of the data. */
export interface Nodes {
  readonly receivers: Node[]
  /** Between a receiver and its pipelines. */
  readonly entries: Drain[]
  readonly processors: Node[]
  /** Between a pipeline and its exporters. */
  readonly exits: Drain[]
  readonly exporters: Map<string, Node<Part>>
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

/** Where a receiver's data enters each pipeline. */
type Inlets = { readonly [S in Signal]: Inlet<S>[] }
interface Inlet<S extends Signal> {
  readonly pipeline: PlannedPipeline
  readonly consumer: Consumer<S>
}

/**
 * Creates what the pipelines of a checked plan use, from the exporters back: one receiver or exporter per id, one
 * processor per pipeline and id. Nothing is started. Throws SwollError COMPONENT_START_FAILED if a factory throws.
 */
export function buildNodes(plan: Plan, options: BuildOptions): Nodes {
  const nodes: Nodes = { receivers: [], entries: [], processors: [], exits: [], exporters: new Map() }
  const build: Build = { ...options, plan, nodes }
  const idsOf = (kind: List) => new Set(plan.pipelines.flatMap(pipeline => pipeline[kind]))
  for (const id of idsOf('exporters')) nodes.exporters.set(id, createExporter(build, id))
  const inlets: Inlets = { traces: [], metrics: [], logs: [] }
  for (const pipeline of plan.pipelines) addInlet(build, inlets, pipeline.signal, pipeline)
  for (const id of idsOf('receivers')) nodes.receivers.push(createReceiver(build, id, inlets))
  return nodes
}

function addInlet<S extends Signal>(
  build: Build,
  inlets: Inlets,
  signal: S,
  pipeline: PlannedPipeline,
): void {
  inlets[signal].push({ pipeline, consumer: createPipeline(build, pipeline, signal) })
}

function createExporter(build: Build, id: string): Node<Part> {
  const { type } = build.plan.exporters.get(id)!
  return createNode(build, 'exporters', id, c => build.registry.exporters.get(type)!.create(c, {}))
}

/** What an exporter consumes of this signal, counted unless it counts itself. */
function exporterInlet<S extends Signal>(build: Build, id: string, signal: S): Consumer<S> {
  const { component, name } = build.nodes.exporters.get(id)!
  const consumer = component.consumers?.[signal]
  if (!consumer)
    throw new SwollError('COMPONENT_START_FAILED', `${name}: must have a consumer for ${signal}, got none`)
  if (component.countsItself) return consumer
  const { sent, sendFailed } = createExporterCounters(build.meter, id, signal)
  return countOutcome(signal, consumer, { taken: sent, refused: sendFailed })
}

/** The pipeline's processors before the fan-out to its exporters. Mutates if any part of it writes to the batch. */
function createPipeline<S extends Signal>(build: Build, pipeline: PlannedPipeline, signal: S): Consumer<S> {
  const targets = pipeline.exporters.map(id => ({
    name: `exporters::${id}`,
    consumer: exporterInlet(build, id, signal),
  }))
  let next: Consumer<S> = fanOut(build, build.nodes.exits, signal, targets)
  let mutates = next.mutates
  const own: Node[] = []
  for (const id of pipeline.processors.toReversed()) {
    const counters = createProcessorCounters(build.meter, { processor: id, pipeline: pipeline.id, signal })
    const output = countOffered(signal, next, counters.outgoing)
    const node = createProcessor(build, id, { pipeline, signal, output })
    own.unshift(node)
    const consumer = node.component.consumers![signal]!
    mutates ||= consumer.mutates
    next = countOffered(signal, consumer, counters.incoming)
  }
  build.nodes.processors.push(...own)
  return { mutates, consume: (batch, abort) => next.consume(batch, abort) }
}

function createProcessor<S extends Signal>(
  build: Build,
  id: string,
  to: { readonly pipeline: PlannedPipeline; readonly signal: S; readonly output: Consumer<S> },
): Node<Part> {
  const { type } = build.plan.processors.get(id)!
  const make = (c: Create<unknown>) =>
    build.registry.processors.get(type)!.create(c, { [to.signal]: to.output })
  return createNode(build, 'processors', id, make, to.pipeline.id)
}

function createReceiver(build: Build, id: string, inlets: Inlets): Node {
  const { type } = build.plan.receivers.get(id)!
  const next: Consumers = {
    ...receiverOutlet(build, id, 'traces', inlets),
    ...receiverOutlet(build, id, 'metrics', inlets),
    ...receiverOutlet(build, id, 'logs', inlets),
  }
  return createNode(build, 'receivers', id, c => build.registry.receivers.get(type)!.create(c, next))
}

/** What the receiver sends one signal to; nothing if no pipeline of that signal names it. */
function receiverOutlet<S extends Signal>(build: Build, id: string, signal: S, inlets: Inlets): Consumers {
  const branches = inlets[signal]
    .filter(({ pipeline }) => pipeline.receivers.includes(id))
    .map(({ pipeline, consumer }) => ({ name: `service::pipelines::${pipeline.id}`, consumer }))
  if (branches.length === 0) return {}
  const { accepted, refused } = createReceiverCounters(build.meter, id, signal)
  // A lone pipeline has its bounds where it fans out to exporters: one here would hold back the healthy ones.
  const limit = branches.length === 1 ? Number.POSITIVE_INFINITY : undefined
  const fanout = fanOut(build, build.nodes.entries, signal, branches, limit)
  return { [signal]: countOutcome(signal, fanout, { taken: accepted, refused }) }
}

function fanOut<S extends Signal>(
  build: Build,
  into: Drain[],
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
