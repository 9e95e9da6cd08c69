/** Decides what one test file's run amounts to, from its source, output and exit: uvu alone calls too much a success. */

/** The end of a test file's process. */
export interface FileRun {
  readonly source: string
  readonly output: string
  /** null: killed by a signal. */
  readonly exitCode: number | null
  readonly hasTimedOut: boolean
}

export interface Verdict {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Why the file failed beyond its own failing tests; and so counted as at least one failure. */
  readonly problems: readonly string[]
  /** The reasons printed by `test/kit/skip.ts`. */
  readonly skips: readonly string[]
}

/**
 * The verdict on one file. uvu 0.5.6 exits 0 after a throwing `before` or `after.each` and after `throw null`: those show only
 * as fewer passed than total; it also exits 0 without any `.run()`, which shows as no totals at all.
 */
export function judge(run: FileRun): Verdict {
  const output = stripColours(run.output)
  const skips = [...output.matchAll(/^SKIP (.+)$/gm)].map(match => match[1]!)
  const totals = readTotals(output)
  const problems = [...readSource(run.source), ...readExit(run)]
  const isSkippedWhole = totals === undefined && skips.length > 0 && run.exitCode === 0
  if (totals === undefined && !isSkippedWhole) problems.push('ran no test: no suite reported')
  if (totals?.total === 0 && totals.skipped === 0) problems.push('ran no test')
  if ((totals?.skipped ?? 0) > skips.length)
    problems.push('skips a test without a reason; use test/kit/skip.ts')
  const lost = totals === undefined ? 0 : totals.total - totals.passed
  if (lost > 0 && run.exitCode === 0)
    problems.push('a hook failed, or a test threw something that is no Error')
  if (run.exitCode !== 0 && lost === 0 && problems.length === 0) problems.push(`exit code ${run.exitCode}`)
  return {
    passed: totals?.passed ?? 0,
    failed: Math.max(lost, problems.length > 0 ? 1 : 0),
    skipped: (totals?.skipped ?? 0) + (isSkippedWhole ? 1 : 0),
    problems,
    skips,
  }
}

function readSource(source: string): string[] {
  const problems: string[] = []
  if (/\.only\s*\(/.test(source)) problems.push('contains .only(')
  for (const [, name] of source.matchAll(/\b(?:const|let)\s+(\w+)\s*=\s*suite\s*[(<]/g))
    if (!new RegExp(`\\b${name}\\.run\\(\\)`).test(source))
      problems.push(`suite ${name} is never run: no ${name}.run()`)
  if (!/\.run\(\)/.test(source)) problems.push('never calls .run()')
  return problems
}

function readExit(run: FileRun): string[] {
  if (run.hasTimedOut) return ['killed: ran past the time limit']
  return run.exitCode === null ? ['killed by a signal'] : []
}

interface Totals {
  readonly total: number
  readonly passed: number
  readonly skipped: number
}

/** uvu's closing block; the last one counts, since a test may print another's. */
function readTotals(output: string): Totals | undefined {
  const block = /^ {2}Total: {5}(\d+)\n {2}Passed: {4}(\d+)\n {2}Skipped: {3}(\d+)$/gm
  const last = [...output.matchAll(block)].at(-1)
  return last && { total: Number(last[1]), passed: Number(last[2]), skipped: Number(last[3]) }
}

function stripColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a colour code starts with the ESC control character
  return text.replace(/\u001b\[[0-9;]*m/g, '')
}
