/** Configurations that are applied while calls are made and a real Prometheus looks: what was counted goes on. */
// Alone: it counts the programs that the kernel has, and how long each configuration takes.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, lacksCommand, lacksRoot, requireAll } from '../kit/skip.ts'
import { runApplies } from './kit/applies.ts'

requireAll(lacksBpf(), lacksRoot(), lacksCommand('prometheus'))

const APPLIES = 100
/** The heap of a process that does nothing differs by as much. */
const NOISE_MIB = 8

const s = suite('apply under load')
s('counts on: exactly, with the same programs, without growing', async () => {
  const outcome = await runApplies(APPLIES)
  const { before, after, made, counted, resets, series, programs, firstPrograms, unaccounted } = outcome
  process.stdout.write(`${JSON.stringify(outcome)}\n`)
  assert.equal(counted, made)
  assert.ok(series > 100, `${series} series`)
  assert.equal(resets, [])
  assert.equal(programs, firstPrograms)
  assert.is(unaccounted, 0)
  for (const key of ['files', 'timers', 'abortListeners'] as const)
    assert.ok(after[key] <= before[key], `${key}: ${before[key]} before, ${after[key]} after`)
  assert.ok(after.heapMiB < before.heapMiB + NOISE_MIB, `${before.heapMiB} and ${after.heapMiB} MiB`)
})
s.run()
