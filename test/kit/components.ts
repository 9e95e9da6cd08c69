/** Small components for tests of what is built out of components. */
import { z } from 'zod'
import type { Component, Consumer, Consumers, Factory, Host } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Sink, sink } from './consumers.ts'

/** Events in their order: `create receivers::fake`, `start …`, `shutdown …`. */
export type Journal = string[]

interface Behaviour {
  /** Throws, or waits, in the place of the component. */
  readonly start?: (host: Host, abort: AbortSignal) => Promise<void>
  readonly shutdown?: (abort: AbortSignal) => Promise<void>
}

const config = z.strictObject({ note: z.string().default('').describe('Anything') })
type Config = z.output<typeof config>
const shared = { description: 'For tests', stability: { metrics: 'stable' }, config } as const

/** Notes its creation, start and shutdown. */
export function component(journal: Journal, name: string, behaviour: Behaviour): Component {
  journal.push(`create ${name}`)
  return {
    async start(host, abort) {
      journal.push(`start ${name}`)
      await behaviour.start?.(host, abort)
    },
    async shutdown(abort) {
      journal.push(`shutdown ${name}`)
      await behaviour.shutdown?.(abort)
    },
  }
}

/** A receiver that sends nothing by itself; `next` holds the consumers of each instance by id. */
export function fakeReceiver(journal: Journal = [], behaviour: Behaviour = {}, type = 'fake') {
  const next = new Map<string, Consumers>()
  const factory: Factory<Config> = {
    ...shared,
    kind: 'receivers',
    type,
    create(c, consumers) {
      next.set(c.id, consumers)
      return component(journal, `receivers::${c.id}`, behaviour)
    },
  }
  return { factory, next }
}

/** A processor that passes everything on as it is, or as `change` says. */
export function fakeProcessor(
  journal: Journal = [],
  behaviour: Behaviour & {
    readonly mutates?: boolean
    readonly consume?: Consumer<'metrics'>['consume']
    readonly refusal?: Consumer<'metrics'>['refusal']
  } = {},
  type = 'fake',
): Factory<Config> {
  return {
    ...shared,
    kind: 'processors',
    type,
    create: perSignal({
      metrics: (c, next) => ({
        ...component(journal, `processors::${c.id}`, behaviour),
        mutates: behaviour.mutates ?? false,
        async consume(batch, abort) {
          await behaviour.consume?.(batch, abort)
          await next.consume(batch, abort)
        },
        refusal: () => behaviour.refusal?.(),
      }),
    }),
  }
}

/** An exporter that keeps what it is given, or does as `consumer` does; `sinks` holds that of each instance by id. */
export function fakeExporter(
  journal: Journal = [],
  behaviour: Behaviour & { readonly consumer?: Consumer<'metrics'>; readonly countsItself?: boolean } = {},
  type = 'fake',
) {
  const sinks = new Map<string, Sink>()
  const factory: Factory<Config> = {
    ...shared,
    kind: 'exporters',
    type,
    create(c) {
      const own = sink()
      sinks.set(c.id, own)
      return {
        ...component(journal, `exporters::${c.id}`, behaviour),
        consumers: { metrics: behaviour.consumer ?? own },
        ...(behaviour.countsItself !== undefined && { countsItself: behaviour.countsItself }),
      }
    },
  }
  return { factory, sinks }
}

/** A connector that passes every signal on. */
export function fakeConnector(journal: Journal = [], behaviour: Behaviour = {}): Factory<Config> {
  return {
    ...shared,
    kind: 'connectors',
    type: 'connect',
    stability: { 'metrics-to-metrics': 'stable', 'logs-to-logs': 'stable', 'metrics-to-logs': 'stable' },
    create: (c, next) => ({ ...component(journal, `connectors::${c.id}`, behaviour), consumers: next }),
  }
}

export function fakeExtension(journal: Journal = [], behaviour: Behaviour = {}): Factory<Config> {
  return {
    ...shared,
    kind: 'extensions',
    type: 'fake',
    stability: { extension: 'stable' },
    create: c => component(journal, `extensions::${c.id}`, behaviour),
  }
}
