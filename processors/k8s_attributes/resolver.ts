/** What to do with each resource: name it, leave it, drop it, or wait. Remembers, so that a batch costs a look-up per resource. */
import type { PodStore } from '../../kubernetes/pods/pod-store.ts'
import type { Clock } from '../../pipeline/clock.ts'
import type { Attributes } from '../../pipeline/data/attributes.ts'
import type { Resource } from '../../pipeline/data/metrics.ts'
import { type Config, toRegex } from './config.ts'
import { type Extraction, Extractor } from './extractor.ts'
import { type Match, Matcher } from './match.ts'

/** `hold`: not yet. `fold`: nobody knows it, and its time is up. */
export type Decision =
  | { readonly kind: 'send'; readonly resource: Resource; readonly isNamed: boolean }
  | { readonly kind: 'drop' | 'hold' | 'fold' }

interface Entry {
  readonly firstMs: number
  lastMs: number
  given: Resource
  match: Match | undefined
  extraction: Extraction | undefined
  decision: Decision | undefined
}

/** What no batch had for this long is forgotten. */
const IDLE_MS = 600_000
const PRUNE_MS = 60_000

const DROP: Decision = { kind: 'drop' }
const HOLD: Decision = { kind: 'hold' }
const FOLD: Decision = { kind: 'fold' }

export class Resolver {
  readonly #config: Config
  readonly #store: PodStore
  readonly #clock: Clock
  readonly #extractor: Extractor
  readonly #matcher: Matcher
  readonly #excluded: readonly RegExp[]
  readonly #entries = new Map<string, Entry>()
  #prunedMs = 0
  #held = 0

  constructor(config: Config, store: PodStore, clock: Clock) {
    this.#config = config
    this.#store = store
    this.#clock = clock
    this.#extractor = new Extractor(config.extract, () => store.objects)
    this.#matcher = new Matcher(
      store.index,
      config.pod_association,
      pod => this.#extractor.extract(wholePod(pod)).attributes,
    )
    this.#excluded = config.exclude.pods.map(({ name }) => toRegex(name))
    store.keepAnnotations(this.#extractor.rules.keepsAnnotation)
  }

  /** Resources that wait now. */
  get held(): number {
    return this.#held
  }

  /** Resources it knows. */
  get size(): number {
    return this.#entries.size
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

  /** For a resource on hold that cannot wait any longer. */
  giveUp(given: Resource): Decision {
    const named = this.#entries.get(given.id)?.decision
    if (named) return named
    return this.#config.unresolved === 'fold' ? FOLD : asItIs(given)
  }

  /** The resource's series have ended. */
  forget(id: string): void {
    this.#entries.delete(id)
  }

  #decide(given: Resource, nowMs: number, mayHold: boolean): Decision {
    const entry = this.#entries.get(given.id) ?? create(given, nowMs)
    this.#entries.set(given.id, entry)
    entry.lastMs = nowMs
    const isWaiting =
      mayHold && nowMs - entry.firstMs < this.#config.wait && this.#held < this.#config.max_held
    const match = this.#matcher.match(given.attributes)
    if (match) return this.#decideMatch(entry, given, match, isWaiting)
    if (entry.decision) return entry.decision // of a pod that is forgotten
    if (given.attributes['k8s.pod.uid'] === undefined) return asItIs(given)
    if (isWaiting) return this.#hold()
    return this.#config.unresolved === 'fold' && mayHold ? FOLD : asItIs(given)
  }

  #decideMatch(entry: Entry, given: Resource, match: Match, isWaiting: boolean): Decision {
    const { pod } = match
    if (this.#config.exclude.labels.some(({ key, value }) => pod.labels[key] === value)) return DROP
    if (this.#excluded.some(name => name.test(pod.name))) return asItIs(given)
    // A container that was replaced is not in its pod any more; what it was called does not change.
    if (!match.isComplete && entry.match?.isComplete && entry.match.pod.uid === pod.uid)
      return entry.decision!
    const isSame =
      entry.given === given &&
      entry.match?.pod === pod &&
      entry.match.container === match.container &&
      this.#extractor.isCurrent(entry.extraction!)
    if (!isSame) {
      entry.given = given
      entry.match = match
      entry.extraction = this.#extractor.extract(match)
      const attributes = enrich(given.attributes, entry.extraction.attributes)
      entry.decision = { kind: 'send', resource: { id: given.id, attributes }, isNamed: true }
    }
    const isComplete = match.isComplete && entry.extraction!.isComplete
    return isComplete || !isWaiting ? entry.decision! : this.#hold()
  }

  #hold(): Decision {
    this.#held++
    return HOLD
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
  }
}

const asItIs = (resource: Resource): Decision => ({ kind: 'send', resource, isNamed: false })

function wholePod(pod: Match['pod']): Match {
  return { pod, container: undefined, containerId: undefined, restartCount: undefined, isComplete: true }
}

/** What the resource says of itself stays, as in the Collector; but the uid from the cgroup of a static pod is not the pod's. */
function enrich(given: Attributes, found: Attributes): Attributes {
  const attributes = { ...given }
  for (const [key, value] of Object.entries(found))
    if (attributes[key] === undefined || attributes[key] === '' || key === 'k8s.pod.uid')
      attributes[key] = value
  return attributes
}
