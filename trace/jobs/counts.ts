/** What has come of a job: calls and losses, by container, and how many lately. */
import type { z } from 'zod'
import type { Resource } from '../../pipeline/data/metrics.ts'
import type { jobStatus } from '../api/documents.ts'
import type { Gap } from '../events/events.ts'
import type { Names } from '../formats/names.ts'
import { CALL, type LineFacts } from './encode.ts'

type MatchedContainer = z.output<typeof jobStatus>['matched'][number]

/** Containers that are told apart; of more only the calls are counted. */
const MAX_CONTAINERS = 10_000
/** Those that a status lists. */
const MAX_LISTED = 1000
const RATE_SECONDS = 10

interface Container {
  readonly resource: Resource | undefined
  calls: number
  readonly lost: Record<string, number>
}

export class JobCounts {
  readonly #names: Names
  readonly #containers = new Map<string | undefined, Container>()
  readonly #rate = new RecentRate()
  /** Whose line was counted last: most are of who made the one before. */
  #recent: Container | undefined
  calls: number
  bytes: number
  readonly lost: Record<string, number>

  /** `before`: what had come before a restart of the agent. */
  constructor(
    names: Names,
    before: {
      readonly calls: number
      readonly bytes: number
      readonly lost: Readonly<Record<string, number>>
    },
  ) {
    this.#names = names
    this.calls = before.calls
    this.bytes = before.bytes
    this.lost = { ...before.lost }
  }

  /** The first `lines` of a batch, which are so many bytes. */
  add(facts: LineFacts, lines: number, bytes: number, nowMs: number): void {
    const before = this.calls
    for (let i = 0; i < lines; i++) {
      if (facts.kind[i] !== CALL) continue
      this.calls++
      const container = this.#containerOf(facts.thread[i]!.resource)
      if (container) container.calls++
    }
    this.bytes += bytes
    this.#rate.add(this.calls - before, nowMs)
  }

  addLosses(gaps: readonly Gap[]): void {
    for (const { resource, reason, events } of gaps) {
      addTo(this.lost, reason, events)
      if (resource === undefined) continue // nobody knows whose they were
      const container = this.#containerOf(resource)
      if (container) addTo(container.lost, reason, events)
    }
  }

  /** Events that came, and found no room in an output of the job. */
  addOutputLoss(events: number): void {
    if (events > 0) addTo(this.lost, 'output_full', events)
  }

  callsPerSecond(nowMs: number): number {
    return this.#rate.perSecond(nowMs)
  }

  get matchedTotal(): number {
    return this.#containers.size
  }

  matched(): MatchedContainer[] {
    return [...this.#containers.values()].slice(0, MAX_LISTED).map(({ resource, calls, lost }) => {
      const { container, unit, cgroup } = this.#names.of(resource)
      return {
        namespace: container?.namespace ?? null,
        pod: container?.pod ?? null,
        podUid: container?.podUid ?? null,
        container: container?.name ?? null,
        containerId: container?.id ?? null,
        unit: unit ?? null,
        cgroup: cgroup ?? null,
        calls,
        lost: { ...lost },
      }
    })
  }

  /** `CONTAINER.POD` of those whose calls came. */
  hosts(): string[] {
    const seen = [...this.#containers.values()].filter(({ calls }) => calls > 0).slice(0, MAX_LISTED)
    const names = seen.flatMap(({ resource }) => {
      const { container } = this.#names.of(resource)
      return container?.pod ? [`${container.name ?? '-'}.${container.pod}`] : []
    })
    return [...new Set(names)].sort()
  }

  #containerOf(resource: Resource | undefined): Container | undefined {
    if (this.#recent !== undefined && this.#recent.resource === resource) return this.#recent
    const known = this.#containers.get(resource?.id)
    if (known === undefined && this.#containers.size >= MAX_CONTAINERS) return undefined
    const container = known ?? { resource, calls: 0, lost: {} }
    if (known === undefined) this.#containers.set(resource?.id, container)
    this.#recent = container
    return container
  }
}

/** Calls of the last ten seconds, by second. */
class RecentRate {
  readonly #calls = new Float64Array(RATE_SECONDS)
  #second = 0
  #startMs: number | undefined

  add(calls: number, nowMs: number): void {
    this.#startMs ??= nowMs
    this.#moveTo(nowMs)
    this.#calls[this.#second % RATE_SECONDS]! += calls
  }

  perSecond(nowMs: number): number {
    this.#moveTo(nowMs)
    const sinceS = (nowMs - (this.#startMs ?? nowMs)) / 1000
    const calls = this.#calls.reduce((sum, each) => sum + each, 0)
    return Math.round((calls / Math.min(Math.max(sinceS, 1), RATE_SECONDS)) * 10) / 10
  }

  #moveTo(nowMs: number): void {
    const second = Math.floor(nowMs / 1000)
    const passed = Math.min(second - this.#second, RATE_SECONDS)
    for (let n = 1; n <= passed; n++) this.#calls[(this.#second + n) % RATE_SECONDS] = 0
    if (passed === RATE_SECONDS) this.#calls.fill(0)
    this.#second = Math.max(second, this.#second)
  }
}

function addTo(counts: Record<string, number>, reason: string, events: number): void {
  counts[reason] = (counts[reason] ?? 0) + events
}
