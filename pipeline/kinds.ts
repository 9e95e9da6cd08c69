/** The kinds of components. Nothing else in the house lists them. */

/** Rules for all components of one kind. */
interface KindRules {
  /** The name of one of them, in the singular. */
  readonly one: string
  /** The lists of a pipeline that may name it: `receivers` if it gives data, `exporters` if it takes data, `processors` if both. */
  readonly lists: readonly ('receivers' | 'processors' | 'exporters')[]
  /** True: an instance for each pipeline that names it, of one signal. False: one instance, however many name it. */
  readonly isPerPipeline: boolean
}

/** By the section of the configuration. Extensions stand in no pipeline; `service::extensions` lists them. */
export const KINDS = {
  receivers: { one: 'receiver', lists: ['receivers'], isPerPipeline: false },
  processors: { one: 'processor', lists: ['processors'], isPerPipeline: true },
  exporters: { one: 'exporter', lists: ['exporters'], isPerPipeline: false },
  connectors: { one: 'connector', lists: ['receivers', 'exporters'], isPerPipeline: false },
  extensions: { one: 'extension', lists: [], isPerPipeline: false },
} as const satisfies Readonly<Record<string, KindRules>>

export type Kind = keyof typeof KINDS
export const KIND_NAMES = Object.keys(KINDS) as readonly Kind[]

/** A list of a pipeline. */
export type List = KindRules['lists'][number]
export const LISTS = ['receivers', 'processors', 'exporters'] as const satisfies readonly List[]

/** The kinds that this list of a pipeline may name. */
export function kindsIn(list: List): Kind[] {
  return KIND_NAMES.filter(kind => (KINDS[kind] as KindRules).lists.includes(list))
}

/** One value for each kind. */
export function perKind<T>(toValue: (kind: Kind) => T): { readonly [K in Kind]: T } {
  return Object.fromEntries(KIND_NAMES.map(kind => [kind, toValue(kind)])) as { [K in Kind]: T }
}
