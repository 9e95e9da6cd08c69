import * as assert from 'uvu/assert'
import type { Consumer } from '../../pipeline/component.ts'
import type { MetricsBatch } from '../../pipeline/data/metrics.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import { seeded } from './random.ts'

/** A running component that sends on what it is told to. */
interface Source {
  /** Makes it send items of these ids; resolves when it has tried. Must not reject because `next` did. */
  produce(ids: readonly string[]): Promise<void>
  /** Shuts it down, everything flushed. */
  stop(): Promise<void>
}

/** Shares of refusals of `next`, by kind. */
const MOODS = [
  { name: 'all succeed', retryable: 0, permanent: 0 },
  { name: 'random retryable', retryable: 0.4, permanent: 0 },
  { name: 'random permanent', retryable: 0, permanent: 0.4 },
  { name: 'mixed', retryable: 0.25, permanent: 0.25 },
] as const

/**
 * Asserts, against consumers that succeed and fail at random (seeded): every item is offered; none is accepted twice;
 * none is offered again once refused for good; when all succeeds none is lost; nothing is sent after the stop.
 * `idsOf` gives the ids in a batch, as `produce` made them.
 */
export async function checkConsumeContract(
  open: (next: Consumer<'metrics'>) => Promise<Source>,
  idsOf: (batch: MetricsBatch) => readonly string[],
): Promise<void> {
  for (const mood of MOODS) {
    const judge = createJudge(mood, idsOf)
    const source = await open(judge.next)
    const ids = Array.from({ length: 50 }, (_, i) => `item-${i}`)
    for (const id of ids) await source.produce([id])
    await source.produce(ids.map(id => `${id}-together`))
    await source.stop()
    const offers = judge.offers()
    await new Promise(resolve => setImmediate(resolve))
    assert.is(judge.offers(), offers, `${mood.name}: nothing is sent after the stop`)
    assert.equal(judge.violations, [], mood.name)
    for (const id of ids.flatMap(one => [one, `${one}-together`])) {
      assert.ok(judge.offered.has(id), `${mood.name}: ${id} is offered`)
      if (mood.retryable + mood.permanent === 0)
        assert.ok(judge.accepted.has(id), `${mood.name}: ${id} arrives`)
    }
  }
}

function createJudge(mood: (typeof MOODS)[number], idsOf: (batch: MetricsBatch) => readonly string[]) {
  const random = seeded(1)
  const offered = new Set<string>()
  const accepted = new Set<string>()
  const refused = new Set<string>()
  const violations: string[] = [] // kept, not thrown: the component under test might swallow it
  let offers = 0
  const next: Consumer<'metrics'> = {
    mutates: false,
    async consume(batch) {
      const ids = idsOf(batch)
      offers++
      for (const id of ids) {
        offered.add(id)
        if (accepted.has(id)) violations.push(`${id} was sent again after it had been accepted`)
        if (refused.has(id)) violations.push(`${id} was sent again after a permanent refusal`)
      }
      const draw = random()
      if (draw < mood.permanent) {
        for (const id of ids) refused.add(id)
        throw new PipelineError('PIPE_REJECTED', 'refused for good', { retryable: false })
      }
      if (draw < mood.permanent + mood.retryable)
        throw new PipelineError('PIPE_DOWNSTREAM_UNAVAILABLE', 'refused for now', { retryable: true })
      for (const id of ids) accepted.add(id)
    },
  }
  return { next, offered, accepted, violations, offers: () => offers }
}
