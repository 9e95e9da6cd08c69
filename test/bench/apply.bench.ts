/** A thousand configurations leave nothing behind in a process that counts under load. */
import { runApplies } from '../e2e/kit/applies.ts'
import { lacksBpf, lacksCommand, lacksRoot, requireAll } from '../kit/skip.ts'
import { toTable } from './kit/table.ts'

requireAll(lacksBpf(), lacksRoot(), lacksCommand('prometheus'))

const APPLIES = 1000

const outcome = await runApplies(APPLIES)
const { before, after, made, counted, resets, series, programs, firstPrograms, unaccounted } = outcome
const handles = Object.keys(before) as (keyof typeof before)[]
const lines = [
  `${APPLIES} × apply in ${outcome.seconds.toFixed(1)} s, the slowest ${outcome.slowestMs.toFixed(0)} ms`,
  `series asked for resets: ${series}; with resets: ${resets.length}`,
  `programs attached: ${programs.length}, the same ones: ${programs.join() === firstPrograms.join()}`,
  `calls made: ${JSON.stringify(made)}, counted: ${JSON.stringify(counted)}, unaccounted: ${unaccounted}`,
  '',
  toTable(
    ['', 'after 20', `after ${APPLIES}`],
    handles.map(key => [key, before[key].toFixed(1), after[key].toFixed(1)]),
  ),
]
process.stdout.write(`${lines.join('\n')}\n`)
for (const line of resets) process.stdout.write(`${line}\n`)
