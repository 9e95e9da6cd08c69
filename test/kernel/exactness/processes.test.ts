/** Counts are exact when processes are made, replaced and killed. */
import { suite } from 'uvu'
import { requireBpf } from '../../kit/skip.ts'
import { exactly } from '../kit/exact.ts'

requireBpf()

const births = suite('births')
exactly(births, { name: 'counts a fork once, not again in the child', program: 'fork-storm', args: [10_007] })
exactly(births, { name: 'counts vfork, also of a parent killed in it', program: 'vfork', args: [1_009] })
exactly(births, { name: 'counts exec, failed or from any thread', program: 'exec-storm', args: [1_009] })
births.run()

const deaths = suite('deaths')
for (const [how, by] of [
  ['exit_group', 'exit_group of another thread'],
  ['sigkill', 'SIGKILL from outside'],
] as const)
  exactly(deaths, { name: `counts calls that ${by} ends as killed`, program: 'killed', args: [how, 211] })
deaths.run()
