import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type RetryOptions, withRetry } from '../../../exporters/shared/retry.ts'
import { retryOnFailure } from '../../../pipeline/config.ts'
import { PipelineError } from '../../../pipeline/errors.ts'
import { type FakeClock, fakeClock } from '../../kit/clock.ts'
import { settled } from '../../kit/consumers.ts'
import { never } from '../../kit/context.ts'
import { rejects } from '../../kit/rejects.ts'

const failing = (retryAfterMs?: number) =>
  new PipelineError('PIPE_DOWNSTREAM_UNAVAILABLE', 'down', {
    retryable: true,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
const refused = new PipelineError('PIPE_REJECTED', 'no', { retryable: false })

/** Tries until `attempts` runs out of errors; `times` are those of the attempts. `random` of 0.5 is no jitter. */
async function run(errors: readonly unknown[], config: object = {}, options: Partial<RetryOptions> = {}) {
  const clock: FakeClock = fakeClock()
  const times: number[] = []
  const waits: number[] = []
  const attempt = async () => {
    times.push(clock.monotonicMs())
    const error = errors[times.length - 1]
    if (error !== undefined) throw error
    return 'sent'
  }
  const result = withRetry(attempt, {
    config: retryOnFailure().parse(config),
    startedMs: 0,
    hurry: never,
    onWait: (_, waitMs) => waits.push(waitMs),
    clock,
    random: () => 0.5,
    ...options,
  })
  result.catch(() => {})
  await settled() // the first attempt has been made
  return { clock, times, waits, result }
}
const always = (error: unknown) => new Array(1_000).fill(error)

const retry = suite('withRetry')
retry('gives the result of a first attempt that succeeds, without waiting', async () => {
  const { result, waits } = await run([])
  assert.is(await result, 'sent')
  assert.equal(waits, [])
})
retry('waits 5 s, then half as long again each time, at most 30 s', async () => {
  const { clock, times, result } = await run(always(failing()).slice(0, 7))
  await clock.advance(150_000)
  assert.is(await result, 'sent')
  assert.equal(times, [0, 5_000, 12_500, 23_750, 40_625, 65_937.5, 95_937.5, 125_937.5])
})
retry('scales each wait by 1 ± randomization_factor', async () => {
  const draws = [0, 1 - 2 ** -53, 0.25]
  const { clock, waits } = await run(always(failing()).slice(0, 3), {}, { random: () => draws.shift()! })
  await clock.advance(60_000)
  assert.equal(waits.map(Math.round), [2_500, 11_250, 8_438])
})
retry('waits at least as long as the server asks for', async () => {
  const { clock, times } = await run([failing(40_000), failing(1)])
  await clock.advance(60_000)
  assert.equal(times, [0, 40_000, 47_500])
})
retry('gives up when the next attempt would come after max_elapsed_time', async () => {
  const { clock, times, result } = await run(always(failing()), { max_elapsed_time: '30s' })
  await clock.advance(1_000_000)
  await rejects(result, 'PIPE_DOWNSTREAM_UNAVAILABLE')
  assert.equal(times, [0, 5_000, 12_500, 23_750])
})
retry('counts max_elapsed_time from the first attempt of the data, not of the request', async () => {
  const { result, times } = await run(always(failing()), {}, { startedMs: -296_000 })
  await rejects(result, 'PIPE_DOWNSTREAM_UNAVAILABLE')
  assert.is(times.length, 1)
})
retry('never gives up with max_elapsed_time 0', async () => {
  const { clock, times } = await run(always(failing()), { max_elapsed_time: '0s' })
  await clock.advance(24 * 3_600_000)
  assert.ok(times.length > 500, `${times.length}`)
})
for (const [name, error, config] of [
  ['after an error that is final', refused, {}],
  ['after an error that is none of the pipeline', new TypeError('bug'), {}],
  ['when it is not enabled', failing(), { enabled: false }],
] as const)
  retry(`does not retry ${name}`, async () => {
    const { result, times } = await run(always(error), config)
    assert.is(await result.catch((e: unknown) => e), error)
    assert.is(times.length, 1)
  })
retry('ends a wait at once when there is hurry, with one last attempt', async () => {
  const hurry = new AbortController()
  const { clock, times, result } = await run(always(failing()), {}, { hurry: hurry.signal })
  await clock.advance(1_000)
  hurry.abort()
  await rejects(result, 'PIPE_DOWNSTREAM_UNAVAILABLE')
  assert.equal(times, [0, 1_000])
  assert.is(clock.pending(), 0, 'no timer is left')
})
retry('makes one attempt when there is hurry from the start', async () => {
  const { result, times } = await run(always(failing()), {}, { hurry: AbortSignal.abort() })
  await rejects(result, 'PIPE_DOWNSTREAM_UNAVAILABLE')
  assert.is(times.length, 1)
})
retry.run()
