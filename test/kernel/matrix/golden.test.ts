import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compare, type ProgramCost, type VerifierStatistics } from './golden.ts'

function statistics(
  programs: Record<string, readonly [instructions: number, bytes: number]>,
  about: Partial<VerifierStatistics> = {},
): VerifierStatistics {
  const costs = Object.entries(programs).map(([name, [instructions, bytes]]): [string, ProgramCost] => [
    name,
    { verified_instructions: instructions, translated_bytes: bytes },
  ])
  return { kernel: '6.1.0', clang: '14.0.6', programs: Object.fromEntries(costs), ...about }
}
const kept = statistics({ enter: [1000, 800] })

type Row = readonly [name: string, measured: VerifierStatistics, failures: string[], notes: string[]]
const rows: readonly Row[] = [
  ['says nothing about equal figures', kept, [], []],
  [
    'notes what shrank, however much',
    statistics({ enter: [1, 800] }),
    [],
    ['enter: verified_instructions 1, kept 1000'],
  ],
  [
    'notes growth of a tenth',
    statistics({ enter: [1100, 800] }),
    [],
    ['enter: verified_instructions 1100, kept 1000'],
  ],
  [
    'fails on growth beyond a tenth',
    statistics({ enter: [1000, 881] }),
    ['enter: translated_bytes 881, kept 800'],
    [],
  ],
  [
    'fails on a program that came or went',
    statistics({ exit: [1, 2] }),
    [
      'enter: verified_instructions none, kept 1000',
      'enter: translated_bytes none, kept 800',
      'exit: verified_instructions 1, kept none',
      'exit: translated_bytes 2, kept none',
    ],
    [],
  ],
  [
    'only notes growth under another compiler',
    statistics({ enter: [9000, 800] }, { clang: '19' }),
    [],
    ['clang 19, kept for 14.0.6', 'enter: verified_instructions 9000, kept 1000'],
  ],
  [
    'fails on growth under another kernel, and says which it is',
    statistics({ enter: [9000, 800] }, { kernel: '6.1.1' }),
    ['enter: verified_instructions 9000, kept 1000'],
    ['kernel 6.1.1, kept for 6.1.0'],
  ],
]
const compares = suite('compare')
for (const [name, measured, failures, notes] of rows)
  compares(name, () => assert.equal(compare(kept, measured), { failures, notes }))
compares.run()
