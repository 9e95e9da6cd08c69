import type { Factory } from './component.ts'
import { KINDS, type Kind, perKind } from './kinds.ts'

/** The factories a process knows, by kind and type. Older names are not keys: `findFactory` looks those up. */
export type Registry = { readonly [K in Kind]: ReadonlyMap<string, Factory<unknown>> }

/** Factories by kind and type, in their order. Throws on a type, or an older name, that two factories of one kind claim. */
export function createRegistry(factories: readonly Factory<unknown>[]): Registry {
  return perKind(kind =>
    byType(
      kind,
      factories.filter(factory => factory.kind === kind),
    ),
  )
}

function byType(kind: Kind, factories: readonly Factory<unknown>[]): ReadonlyMap<string, Factory<unknown>> {
  const names = factories.flatMap(factory => [factory.type, ...(factory.aliases ?? [])])
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw new TypeError(
      `${KINDS[kind].one} "${twice}": must be registered once, got two factories of that name`,
    )
  return new Map(factories.map(factory => [factory.type, factory]))
}

/** The factory whose type or older name this is. */
export function findFactory(
  factories: ReadonlyMap<string, Factory<unknown>>,
  name: string,
): Factory<unknown> | undefined {
  return factories.get(name) ?? [...factories.values()].find(factory => factory.aliases?.includes(name))
}
