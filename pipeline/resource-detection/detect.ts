/** The place of this process as resource attributes, which tell its data from those of other hosts. */
import type { Attributes } from '../data/attributes.ts'
import { readEnvironment } from './environment.ts'
import { detectHost, type HostFacts, readHostFacts } from './host.ts'
import { nodeNameOf } from './k8s-node.ts'

export const DETECTORS = ['env', 'host', 'k8s_node'] as const

/** Options from the configuration. */
interface DetectionOptions {
  /** Detectors in order: the first that knows an attribute decides. */
  readonly detectors: readonly (typeof DETECTORS)[number][]
  /** Attributes over the detected ones; null removes one. */
  readonly attributes: Readonly<Record<string, string | null>>
}

interface Detected {
  /**
   * Attributes of everything seen here: host, node, cluster and configured ones. Its `service.instance.id` stands for this host, also
   * after a restart.
   */
  readonly origin: Attributes
  /** `service.*` of this process itself, from its environment. */
  readonly own: Attributes
  /** Inputs that could not be used, for the log. */
  readonly problems: readonly string[]
}

interface DetectionSources {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly host: HostFacts
}

/** Names that many hosts have. */
const NO_NAME = /^(localhost(\..*)?|\(none\))$/

/** Never fails: what cannot be found out is left out. */
export function detectResource(
  { detectors, attributes }: DetectionOptions = { detectors: DETECTORS, attributes: {} },
  { env, host }: DetectionSources = { env: process.env, host: readHostFacts() },
): Detected {
  const nodeName = detectors.includes('k8s_node') ? nodeNameOf(env) : undefined
  const environment = detectors.includes('env') ? readEnvironment(env) : { attributes: {} }
  const { own, others } = splitService(environment.attributes)
  const found = {
    env: others,
    host: detectHost(host, nodeNameOf(env)),
    k8s_node: nodeName === undefined ? {} : { 'k8s.node.name': nodeName },
  }
  const detected = Object.assign({}, ...detectors.toReversed().map(name => found[name])) as Attributes
  const all = withoutNulls({ ...detected, ...attributes })
  const instance = all['service.instance.id'] ?? own['service.instance.id'] ?? toInstance(all)
  return {
    origin: { ...all, ...(instance !== undefined && { 'service.instance.id': instance }) },
    own,
    problems: environment.problem === undefined ? [] : [environment.problem],
  }
}

/** The environment says who the process is; those whom it watches are other services. */
function splitService(attributes: Attributes): { own: Attributes; others: Attributes } {
  const [own, others] = [true, false].map(isOwn =>
    Object.fromEntries(Object.entries(attributes).filter(([key]) => key.startsWith('service.') === isOwn)),
  )
  return { own: own!, others: others! }
}

/** Attributes without those that a configuration takes away. */
export function withoutNulls(attributes: Readonly<Record<string, Attributes[string] | null>>): Attributes {
  const kept = Object.entries(attributes).filter(([, value]) => value !== null)
  return Object.fromEntries(kept) as Attributes
}

/** A name to read, if it says which host it is. */
function toInstance(origin: Attributes): Attributes[string] | undefined {
  const names = [origin['k8s.node.name'], origin['host.name']]
  const name = names.find(found => found !== undefined && !NO_NAME.test(String(found)))
  return name ?? origin['host.id'] ?? origin['host.name']
}
