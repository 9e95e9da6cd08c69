/** Decides on each resource: name it, leave it, drop it, or wait. Remembers, so that a batch costs a look-up per resource. */
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import { type Resource, toOwnResource, UNKNOWN_SERVICE } from '../../pipeline/data/resource.ts'
import { compileWhole, type WholeMatch } from '../../pipeline/linear-pattern.ts'
import { metadataOf, toAggregate } from './aggregate.ts'
import type { Config } from './config.ts'
import { type Extraction, Extractor } from './extractor.ts'
import { type Match, Matcher } from './match.ts'

/** To be sent as this resource. */
export interface Send {
  readonly kind: 'send'
  readonly resource: Resource
  readonly isNamed: boolean
  /** All that are sent as a resource of this id are added up. */
  readonly isShared: boolean
}

/** `hold`: not yet; what cannot wait is sent as `otherwise` says. */
export type Decision = Send | { readonly kind: 'drop' } | { readonly kind: 'hold'; readonly otherwise: Send }

/** The resource of pods that nobody knows when their time is up, without the place where they were seen. */
export const UNRESOLVED_POD: Resource = {
  id: 'k8s_attributes:unresolved',
  attributes: { 'k8s.pod.name': 'unresolved' },
}

interface Entry {
  readonly firstMs: number
  lastMs: number
  given: Resource
  match: Match | undefined
  extraction: Extraction | undefined
  decision: Send | undefined
  /** It does not wait any more, though it may have to stay where it is. */
  isSent: boolean
}

/** A resource that no batch had for this long is forgotten. */
const IDLE_MS = 600_000
const PRUNE_MS = 60_000

const DROP: Decision = { kind: 'drop' }

export class Resolver {
  readonly #config: Config
  readonly #store: PodStore
  readonly #clock: Clock
  readonly #isShared: boolean
  readonly #extractor: Extractor
  readonly #matcher: Matcher
  readonly #excluded: readonly ((name: string) => WholeMatch | undefined)[]
  readonly #entries = new Map<string, Entry>()
  #prunedMs = 0
  #held = 0

  constructor(config: Config, store: PodStore, clock: Clock) {
    this.#config = config
    this.#store = store
    this.#clock = clock
    this.#isShared = config.aggregate_to !== 'container'
    const metadata = metadataOf(config.aggregate_to, config.extract.metadata)
    this.#extractor = new Extractor({ ...config.extract, metadata }, () => store.objects)
    this.#matcher = new Matcher(
      store.index,
      config.pod_association,
      pod => this.#extractor.extract(wholePod(pod)).attributes,
    )
    this.#excluded = config.exclude.pods.map(({ name }) => compileWhole(name))
    store.keepAnnotations(this.#extractor.rules.keepsAnnotation)
  }

  /** Resources that wait now. */
  get held(): number {
    return this.#held
  }

  /** One decision per resource. `mayHold`: false for data that would be lost by waiting. */
  decide(resources: readonly Resource[], mayHold: boolean): Decision[] {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#prunedMs >= PRUNE_MS) this.#prune(nowMs)
    this.#held = 0
    const decisions = resources.map(resource => this.#decide(resource, nowMs, mayHold))
    if (this.#held > 0) this.#store.refresh()
    return decisions
  }

  /** The resource's series have ended. */
  forget(id: string): void {
    this.#entries.delete(id)
  }

  #decide(given: Resource, nowMs: number, mayHold: boolean): Decision {
    const entry = this.#entries.get(given.id) ?? create(given, nowMs)
    this.#entries.set(given.id, entry)
    entry.lastMs = nowMs
    const mayWait = mayHold && nowMs - entry.firstMs < this.#config.wait && this.#held < this.#config.max_held
    const decision = this.#decideEntry(entry, given, mayHold)
    if (decision.kind === 'hold' && mayWait) {
      if (!entry.isSent) this.#held++
      return decision
    }
    entry.isSent = true
    return decision.kind === 'hold' ? decision.otherwise : decision
  }

  #decideEntry(entry: Entry, given: Resource, mayHold: boolean): Decision {
    const match = this.#matcher.match(given.attributes)
    if (match) return this.#decideMatch(entry, given, this.#isShared ? wholePod(match.pod) : match)
    if (entry.decision) return entry.decision // of a pod that is forgotten
    if (given.attributes['k8s.pod.uid'] === undefined) return asItIs(given)
    const isFolded = this.#config.unresolved === 'fold' && mayHold
    return { kind: 'hold', otherwise: isFolded ? fold(given) : asItIs(given) }
  }

  #decideMatch(entry: Entry, given: Resource, match: Match): Decision {
    const { pod } = match
    if (this.#config.exclude.labels.some(({ key, value }) => pod.labels[key] === value)) return DROP
    if (this.#excluded.some(match => match(pod.name) !== undefined)) return asItIs(given)
    // A container that was replaced is not in its pod any more; what it was called does not change.
    if (!match.isComplete && entry.match?.isComplete && entry.match.pod.uid === pod.uid)
      return entry.decision!
    const isSame =
      entry.given === given &&
      entry.match?.pod === pod &&
      entry.match.container === match.container &&
      this.#extractor.isCurrent(entry.extraction!)
    if (!isSame) {
      const extraction = this.#extractor.extract(match)
      // A pod that is being looked up again keeps the name it had.
      const isKnown = entry.match?.pod.uid === pod.uid && entry.extraction?.isComplete
      if (isKnown && !extraction.isComplete) return entry.decision!
      Object.assign(entry, { given, match, extraction, decision: this.#toSend(given, extraction) })
    }
    const isComplete = match.isComplete && entry.extraction!.isComplete
    return isComplete ? entry.decision! : { kind: 'hold', otherwise: entry.decision! }
  }

  #toSend(given: Resource, { attributes: found, service }: Extraction): Send {
    const { aggregate_to: level } = this.#config
    const { 'service.name': name, 'service.instance.id': _, ...rest } = given.attributes
    const isNameless = name === UNKNOWN_SERVICE
    const attributes = isNameless ? enrich(rest, { ...service, ...found }) : enrich(given.attributes, found)
    const named = { ...given, attributes }
    const resource = level === 'container' ? named : toAggregate(level, named)
    return { kind: 'send', resource, isNamed: true, isShared: this.#isShared }
  }

  #prune(nowMs: number): void {
    this.#prunedMs = nowMs
    for (const [id, { lastMs }] of this.#entries) if (nowMs - lastMs > IDLE_MS) this.#entries.delete(id)
  }
}

function create(given: Resource, nowMs: number): Entry {
  return {
    firstMs: nowMs,
    lastMs: nowMs,
    given,
    match: undefined,
    extraction: undefined,
    decision: undefined,
    isSent: false,
  }
}

const asItIs = (resource: Resource): Send => ({
  kind: 'send',
  resource,
  isNamed: false,
  isShared: false,
})

const fold = ({ origin }: Resource): Send => ({
  kind: 'send',
  resource: toOwnResource(UNRESOLVED_POD, 'unresolved-pods', origin),
  isNamed: false,
  isShared: true,
})

function wholePod(pod: Match['pod']): Match {
  return { pod, container: undefined, containerId: undefined, restartCount: undefined, isComplete: true }
}

/** Adds attributes. The resource's own stay, as in the Collector; but the uid in the cgroup of a static pod is not the pod's. */
function enrich(given: Attributes, found: Attributes): Attributes {
  const attributes = { ...given }
  for (const [key, value] of Object.entries(found))
    if (attributes[key] === undefined || attributes[key] === '' || key === 'k8s.pod.uid')
      attributes[key] = value
  return attributes
}
