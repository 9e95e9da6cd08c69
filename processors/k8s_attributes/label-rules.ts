/** Labels and annotations that become attributes. */
import type { Attributes } from '../../pipeline/data/attributes.ts'
import { compileWhole, type WholeMatch } from '../../pipeline/linear-pattern.ts'
import type { ExtractConfig, Rule, RuleSource } from './config.ts'

type Texts = Readonly<Record<string, string>>

/** An object as rules see it. */
interface Labelled {
  readonly labels?: Texts | undefined
  readonly annotations?: Texts | undefined
}

type AddAttribute = (name: string, value: string) => void

interface CompiledRule {
  readonly kind: 'labels' | 'annotations'
  readonly from: RuleSource
  apply(texts: Texts, add: AddAttribute): void
  hasKey(key: string): boolean
}

const OTEL_PREFIX = 'resource.opentelemetry.io/'

export class LabelRules {
  readonly #rules: readonly CompiledRule[]
  readonly #extract: ExtractConfig

  constructor(extract: ExtractConfig) {
    this.#extract = extract
    this.#rules = [
      ...extract.labels.map(rule => compile('labels', rule)),
      ...extract.annotations.map(rule => compile('annotations', rule)),
    ]
  }

  /** Kinds of objects that must be looked up for the rules, pods aside. */
  sources(): RuleSource[] {
    return [...new Set(this.#rules.map(rule => rule.from))].filter(from => from !== 'pod')
  }

  /** Whether a pod's annotation is needed, by the rules or for `service.*`. */
  readonly keepsAnnotation = (key: string): boolean =>
    key.startsWith(OTEL_PREFIX) ||
    this.#rules.some(rule => rule.kind === 'annotations' && rule.from === 'pod' && rule.hasKey(key))

  /** The attributes that the rules take from the objects; of several for one attribute the last. */
  apply(objects: { readonly [S in RuleSource]?: Labelled | null | undefined }): Attributes {
    const attributes: Record<string, string> = {}
    const add: AddAttribute = (name, value) => {
      attributes[name] = value
    }
    if (this.#extract.otel_annotations)
      for (const [key, value] of Object.entries(objects.pod?.annotations ?? {}))
        if (key.startsWith(OTEL_PREFIX)) add(key.slice(OTEL_PREFIX.length), value)
    for (const rule of this.#rules) rule.apply(objects[rule.from]?.[rule.kind] ?? {}, add)
    return attributes
  }
}

const NO_GROUPS: WholeMatch = { groups: [], named: {} }

function compile(kind: 'labels' | 'annotations', { key, key_regex, tag_name, from }: Rule): CompiledRule {
  const match =
    key === undefined ? compileWhole(key_regex!) : (found: string) => (found === key ? NO_GROUPS : undefined)
  const nameOf = (found: string, groups: WholeMatch) => {
    if (tag_name === undefined) return `k8s.${from}.${kind}.${found}`
    return key === undefined ? expandGroups(tag_name, groups) : tag_name
  }
  return {
    kind,
    from,
    hasKey: found => match(found) !== undefined,
    apply(texts, add) {
      for (const [found, value] of Object.entries(texts)) {
        const groups = match(found)
        if (groups) add(nameOf(found, groups), value)
      }
    },
  }
}

/** `$1`, `${1}`, `$name`, `${name}` and `$$`, as Go's Regexp.Expand reads them; an unknown group is empty. */
export function expandGroups(template: string, match: WholeMatch): string {
  return template.replace(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_, dollar, braced, bare) => {
    if (dollar) return '$'
    const name: string = braced ?? bare
    return (/^\d+$/.test(name) ? match.groups[Number(name)] : match.named[name]) ?? ''
  })
}
