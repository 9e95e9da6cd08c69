/** How complete the receiver's counts are. */
import type { CoverageSource } from '../../pipeline/coverage.ts'
import type { MetricTable } from '../../pipeline/data/metrics.ts'
import { readNumber, toWords } from '../../pipeline/data/u64.ts'
import type { Counting } from './counting.ts'

/** Losses after which a call is not in the series of its container under its name. */
const REASONS = ['ring_full', 'exit_ring_full', 'exit_missed'] as const

export class TellingCoverage implements CoverageSource {
  readonly #counting: Pick<Counting, 'collector' | 'config'>
  sent: CoverageSource['sent']

  constructor(counting: Pick<Counting, 'collector' | 'config'>) {
    this.#counting = counting
  }

  isWhole(resourceId: string): boolean | undefined {
    return this.#counting.collector.registry.isWatched(resourceId)
  }

  lost(): number {
    const lost = this.#counting.collector.books?.lost
    return REASONS.reduce((sum, reason) => sum + (lost?.[reason] ?? 0), 0)
  }

  get isExcluding(): boolean {
    return this.#counting.config.exclude.length > 0
  }

  /** These tables go down the pipelines now. */
  sends(tables: readonly MetricTable[]): void {
    for (const { timeUnixNano, metrics } of tables) {
      const calls = metrics.find(metric => metric.name === 'swoll.syscall.calls')
      if (calls?.type === 'sum') this.sent = { timeUnixNano, calls: sumOf(calls.values) }
    }
  }
}

function sumOf(values: BigUint64Array): number {
  const words = toWords(values)
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += readNumber(words, i)
  return sum
}
