/** From a match to attributes. Looks other objects up only when something asks for them. */
import type { ObjectMetadata } from '../../kubernetes/client/api-client.ts'
import type { ApiObject } from '../../kubernetes/client/api-error.ts'
import type { ObjectCache } from '../../kubernetes/pods/object-cache.ts'
import type { Pod } from '../../kubernetes/pods/pod.ts'
import {
  type Workload,
  type WorkloadKind,
  workloadObject,
  workloadOf,
} from '../../kubernetes/pods/workload.ts'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { ExtractConfig, RuleSource } from './config.ts'
import { LabelRules } from './label-rules.ts'
import type { Match } from './match.ts'
import { toMetadata } from './metadata.ts'
import { toService } from './service.ts'

/** Attributes, and the objects besides the pod that they come from. */
export interface Extraction {
  readonly attributes: Attributes
  /** `service.*` for what has no name of its own. */
  readonly service: Attributes
  /** False: some of the objects are not here yet. */
  readonly isComplete: boolean
  readonly lookups: readonly Lookup[]
}

interface Lookup {
  readonly object: ApiObject
  readonly metadata: ObjectMetadata | null | undefined
}

export class Extractor {
  readonly rules: LabelRules
  readonly #config: ExtractConfig
  readonly #objects: () => ObjectCache | undefined
  readonly #sources: ReadonlySet<RuleSource>
  readonly #workloadOptions: Parameters<typeof workloadOf>[1]

  constructor(config: ExtractConfig, objects: () => ObjectCache | undefined) {
    this.#config = config
    this.#objects = objects
    this.rules = new LabelRules(config)
    this.#sources = new Set(this.rules.sources())
    const has = (...names: readonly string[]) => names.some(name => config.metadata.includes(name as never))
    this.#workloadOptions = {
      isDeploymentAsked:
        has('k8s.deployment.uid') ||
        (!config.deployment_name_from_replicaset &&
          (has('k8s.deployment.name') || this.#sources.has('deployment'))),
      isCronJobAsked: has('k8s.cronjob.uid'),
      isCronJobWanted: has('k8s.cronjob.name', 'k8s.cronjob.uid', 'service.name'),
    }
  }

  extract(match: Match): Extraction {
    const lookups: Lookup[] = []
    const lookup = (object: ApiObject) => {
      const objects = this.#objects()
      const metadata = objects ? objects.get(object) : null
      lookups.push({ object, metadata })
      return metadata
    }
    const { pod } = match
    const workload = workloadOf(pod, this.#workloadOptions, lookup)
    const node = this.#needsNode() && pod.nodeName ? lookup(core('nodes', pod.nodeName)) : undefined
    const kubeSystem = this.#config.metadata.includes('k8s.cluster.uid')
      ? lookup(core('namespaces', 'kube-system'))
      : undefined
    const subject = { ...match, workload, node, kubeSystem }
    const attributes = {
      ...this.rules.apply({ pod, node, ...this.#lookUpSources(pod, workload, lookup) }),
      ...toMetadata(subject, this.#config.metadata, this.#config.service_labels),
    }
    const service = toService(subject, this.#config.service_labels)
    return { attributes, service, isComplete: lookups.every(found => found.metadata !== undefined), lookups }
  }

  /** Whether an extraction would come out the same, its pod being the same. */
  isCurrent({ lookups }: Extraction): boolean {
    const objects = this.#objects()
    return lookups.every(({ object, metadata }) => (objects ? objects.get(object) : null) === metadata)
  }

  #needsNode(): boolean {
    return this.#sources.has('node') || this.#config.metadata.includes('k8s.node.uid')
  }

  #lookUpSources(
    pod: Pod,
    workload: Workload,
    lookup: (object: ApiObject) => ObjectMetadata | null | undefined,
  ): { [S in RuleSource]?: ObjectMetadata | null | undefined } {
    const found: { [S in RuleSource]?: ObjectMetadata | null | undefined } = {}
    if (this.#sources.has('namespace')) found.namespace = lookup(core('namespaces', pod.namespace))
    for (const kind of ['deployment', 'statefulset', 'daemonset', 'job'] satisfies (WorkloadKind &
      RuleSource)[]) {
      const name = workload[kind]?.name
      if (name !== undefined && this.#sources.has(kind))
        found[kind] = lookup(workloadObject(kind, pod.namespace, name))
    }
    return found
  }
}

const core = (resource: string, name: string): ApiObject => ({ group: '', version: 'v1', resource, name })
