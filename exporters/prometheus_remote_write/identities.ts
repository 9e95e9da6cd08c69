/** `target_info` between batches: whose it is, and when it was sent. */
import type { Block } from '../shared/prometheus/block.ts'
import type { Family } from '../shared/prometheus/family.ts'
import type { Labels } from '../shared/prometheus/label-columns.ts'
import type { LabelOptions } from '../shared/prometheus/label-options.ts'
import { toInfoFamily, toInfoLabels } from '../shared/prometheus/target-info.ts'
import type { Gone } from './gone.ts'

type ByText = ReadonlyMap<string, Labels>

/** A resource may be in several scopes, whose batches come at times of their own: its sample is sent with each, and ends with the last. */
export class Identities {
  readonly #options: LabelOptions
  readonly #byScope = new Map<string, ByText>()
  #lastMs = 0

  constructor(options: LabelOptions) {
    this.#options = options
  }

  /** Samples for the resources of these blocks by scope, and marks for those that no scope has any more. `ms`: when that was. */
  accept(
    blocks: ReadonlyMap<string, readonly Block[]>,
    ms: number,
  ): { readonly families: Family[]; readonly gone: Gone[] } {
    if (this.#options.hasTargetInfo === false) return { families: [], gone: [] }
    const before = new Map<string, Labels>()
    const now = new Map<string, Labels>()
    for (const [scope, own] of blocks) {
      for (const [text, labels] of this.#byScope.get(scope) ?? []) before.set(text, labels)
      const found = toByText(toInfoLabels(own, this.#options))
      this.#byScope.set(scope, found)
      for (const [text, labels] of found) now.set(text, labels)
    }
    // Never twice at the same time, nor backwards.
    this.#lastMs = Math.max(ms, this.#lastMs + 1)
    const gone = [...before].filter(([text]) => !this.#isKnown(text)).map(([, labels]) => labels)
    return {
      families: now.size === 0 ? [] : [this.#toFamily([...now.values()])],
      gone: gone.length === 0 ? [] : [toGone(this.#toFamily(gone), this.#lastMs)],
    }
  }

  forget(scope: string): void {
    this.#byScope.delete(scope)
  }

  #isKnown(text: string): boolean {
    return [...this.#byScope.values()].some(known => known.has(text))
  }

  #toFamily(labels: readonly Labels[]): Family {
    return toInfoFamily(labels, BigInt(this.#lastMs) * 1_000_000n)
  }
}

function toByText(all: readonly Labels[]): ByText {
  return new Map(all.map(labels => [JSON.stringify(labels), labels]))
}

function toGone({ series, ...about }: Family, ms: number): Gone {
  const { block } = series[0]!
  return { about, isHistogram: false, block, rows: Array.from({ length: block.rows }, (_, row) => row), ms }
}
