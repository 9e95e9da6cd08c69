import type { ExporterFactory, ProcessorFactory, ReceiverFactory } from './component.ts'

/** The factories a process knows, by type. Older names are not keys: `findFactory` looks those up. */
export interface Registry {
  readonly receivers: ReadonlyMap<string, ReceiverFactory<unknown>>
  readonly processors: ReadonlyMap<string, ProcessorFactory<unknown>>
  readonly exporters: ReadonlyMap<string, ExporterFactory<unknown>>
}

export type AnyFactory = ReceiverFactory<unknown> | ProcessorFactory<unknown> | ExporterFactory<unknown>

/** Factories by type. Throws on a type, or an older name, that two factories of one kind claim. */
export function createRegistry(lists: {
  readonly receivers?: readonly ReceiverFactory<unknown>[]
  readonly processors?: readonly ProcessorFactory<unknown>[]
  readonly exporters?: readonly ExporterFactory<unknown>[]
}): Registry {
  return {
    receivers: byType('receiver', lists.receivers ?? []),
    processors: byType('processor', lists.processors ?? []),
    exporters: byType('exporter', lists.exporters ?? []),
  }
}

interface Named {
  readonly type: string
  readonly aliases?: readonly string[]
}

function byType<F extends Named>(kind: string, factories: readonly F[]): ReadonlyMap<string, F> {
  const names = factories.flatMap(factory => [factory.type, ...(factory.aliases ?? [])])
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new TypeError(`${kind} "${twice}": must be registered once, got two factories of that name`)
  return new Map(factories.map(factory => [factory.type, factory]))
}

/** The factory whose type or older name this is. */
export function findFactory<F extends Named>(factories: ReadonlyMap<string, F>, name: string): F | undefined {
  return factories.get(name) ?? [...factories.values()].find(factory => factory.aliases?.includes(name))
}
