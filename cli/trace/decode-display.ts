/** The options that say how calls are shown. */
import type { Display } from '../../trace/formats/format.ts'
import { OUTPUTS, type Output } from '../../trace/formats/outputs.ts'
import { SORTS, type Sort, toSort } from '../../trace/formats/sorts.ts'
import type { TypedDisplay } from './options.ts'
import type { Usage } from './usage.ts'

export function decodeOutput({ output = 'cli' }: Pick<TypedDisplay, 'output'>, usage: Usage): Output {
  if (/[/.]/.test(output)) {
    usage.refuse(
      '--output',
      `must be one of ${OUTPUTS.join(', ')}, got "${output}"; to write to a file give --file ${output}`,
    )
    return 'cli'
  }
  return usage.oneOf('--output', output, OUTPUTS) ?? 'cli'
}

/** Undefined output: nothing is shown. */
export function decodeDisplay(typed: TypedDisplay, output: Output | undefined, usage: Usage): Display {
  const lines: readonly Output[] = ['cli', 'strace']
  refuseUnless(lines, typed.timestamps, '--timestamps')
  refuseUnless(lines, typed.relativeTimestamps, '--relative-timestamps')
  refuseUnless(lines, typed.syscallTimes, '--syscall-times')
  refuseUnless(['cli'], typed.types, '--types')
  refuseUnless(['summary'], typed.summarySortBy, '--summary-sort-by')
  return {
    clock: decodeClock(typed.timestamps ?? 0, usage),
    isRelative: typed.relativeTimestamps ?? false,
    hasDurations: typed.syscallTimes ?? false,
    hasTypes: typed.types ?? false,
    sort: decodeSort(typed.summarySortBy, usage),
  }

  /** An option that would do nothing is a mistake. */
  function refuseUnless(wanted: readonly Output[], given: unknown, option: string): void {
    if (given === undefined || (output !== undefined && wanted.includes(output))) return
    usage.refuse(option, `must be given with -o ${wanted.join(' or ')}, got ${describe(output)}`)
  }
}

function describe(output: Output | undefined): string {
  if (output === undefined) return 'no output'
  return output.includes('json') ? `-o ${output}, which always has all times` : `-o ${output}`
}

const CLOCKS = ['none', 'seconds', 'microseconds', 'unix'] as const

function decodeClock(uses: number, usage: Usage): Display['clock'] {
  const clock = CLOCKS[uses]
  if (clock === undefined)
    usage.refuse('--timestamps', `must be given at most 3 times (-t, -tt, -ttt), got ${uses}`)
  return clock ?? 'none'
}

function decodeSort(word: string | undefined, usage: Usage): Sort {
  const sort = word === undefined ? 'time' : toSort(word)
  if (sort === undefined) usage.oneOf('--summary-sort-by', word!, SORTS)
  return sort ?? 'time'
}
