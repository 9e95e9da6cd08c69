/** Graphs of small components, and the plans for them. */
import { createGraph } from '../../../pipeline/graph/graph.ts'
import { type Kind, kindsIn, LISTS, perKind } from '../../../pipeline/kinds.ts'
import type { Plan, PlannedComponent, PlannedPipeline } from '../../../pipeline/plan.ts'
import { createRegistry, type Registry } from '../../../pipeline/registry.ts'
import { Services } from '../../../pipeline/services.ts'
import { fakeClock } from '../../kit/clock.ts'
import {
  fakeConnector,
  fakeExporter,
  fakeExtension,
  fakeProcessor,
  fakeReceiver,
  type Journal,
} from '../../kit/components.ts'
import { never, recordingHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { metricsBatch } from '../../kit/metrics.ts'

export type Pipelines = Record<string, [receivers: string[], processors: string[], exporters: string[]]>

interface More {
  readonly extensions?: readonly string[]
  /** By id, what is not the default. */
  readonly configs?: Readonly<Record<string, object>>
}

/** A plan whose components are those that the pipelines name. Connectors are of types that begin with `connect`. */
export function planOf(pipelines: Pipelines, { extensions = [], configs = {} }: More = {}): Plan {
  const planned = Object.entries(pipelines).map(
    ([id, [receivers, processors, exporters]]): PlannedPipeline => ({
      id,
      signal: id.split('/')[0] as PlannedPipeline['signal'],
      receivers,
      processors,
      exporters,
    }),
  )
  const components = perKind(() => new Map<string, PlannedComponent>())
  const add = (kind: Kind, id: string) =>
    components[kind].set(id, { id, type: id.split('/')[0]!, config: configs[id] ?? {} })
  for (const pipeline of planned)
    for (const list of LISTS)
      for (const id of pipeline[list])
        add(kindsIn(list).find(kind => (kind === 'connectors') === id.startsWith('connect'))!, id)
  for (const id of extensions) add('extensions', id)
  return {
    ...components,
    pipelines: planned,
    runningExtensions: extensions,
    telemetry: {
      logs: { level: 'info', encoding: 'json' },
      metrics: { level: 'none', listeners: [] },
      resource: {},
    },
    dropsCapabilities: true,
    shutdownTimeoutMs: 10_000,
  }
}

/** A graph that is not started, and what it tells. */
export function graphOf(pipelines: Pipelines, registry: Registry, more: More = {}) {
  const clock = fakeClock()
  const services = new Services()
  const host = recordingHost(services)
  const log = recordingLogger()
  const { meter, read } = recordingMeter()
  const options = { registry, log, meter, host, clock, services }
  return { graph: createGraph(planOf(pipelines, more), options), clock, host, log, read, services }
}

/** Registry of one fake of each kind, that write to one journal. */
export function fakes(behaviours: { [kind in Kind]?: object } = {}) {
  const journal: Journal = []
  const receiver = fakeReceiver(journal, behaviours.receivers)
  const exporter = fakeExporter(journal, behaviours.exporters)
  const registry = createRegistry([
    receiver.factory,
    fakeProcessor(journal, behaviours.processors),
    exporter.factory,
    fakeConnector(journal, behaviours.connectors),
    fakeExtension(journal, behaviours.extensions),
  ])
  return { journal, receiver, exporter, registry }
}

export const batch = (n = 1) => metricsBatch([{ values: { n } }])
/** A pipeline of one of each. */
export const ONE: Pipelines = { metrics: [['fake'], ['fake'], ['fake']] }
/** A configuration other than the default. */
export const note = (text: string) => ({ note: text })

/** A started graph of fakes, its journal empty. */
export async function running(
  pipelines: Pipelines,
  behaviours: { [kind in Kind]?: object } = {},
  more: More = {},
) {
  const parts = fakes(behaviours)
  const rig = graphOf(pipelines, parts.registry, more)
  await rig.graph.start(never)
  parts.journal.length = 0
  return { ...parts, ...rig, send: () => parts.receiver.next.get('fake')!.metrics!.consume(batch(), never) }
}
