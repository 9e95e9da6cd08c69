/**
 * The test runner: one process per file, and nothing that did not truly pass counts as passed.
 *
 *     node test/run.ts [--lane default|kernel|e2e|fresh|all] [--jobs N] [--limit SECONDS] [PATTERN…]
 *
 * A pattern is a part of a path; without --lane, patterns choose among all lanes. Lanes: `kernel` (test/kernel: root and
 * BPF), `e2e` (test/e2e: real servers), `fresh` (test/fresh: machines just installed), `default` (all the rest). Ends with the line `N passed, N failed, N skipped`.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { judge, type Verdict } from './kit/judge.ts'
import { killAll, runFile } from './kit/run-file.ts'
import { readNeeds, Turns } from './kit/turns.ts'

const LANES = ['default', 'kernel', 'e2e', 'fresh', 'all'] as const
type Lane = (typeof LANES)[number]
/** How long a file may take, in seconds. Those of `fresh` run all of `default` twice. */
const LIMITS_S: Readonly<Record<Lane, number>> = {
  default: 120,
  kernel: 900,
  e2e: 900,
  fresh: 1800,
  all: 1800,
}

/** How many files at once, on two cores. Those of `e2e` wait for servers for a third of the time; those of `fresh` run two themselves. */
const JOBS: Readonly<Record<Lane, number>> = { default: 2, kernel: 2, e2e: 3, fresh: 1, all: 2 }

function laneOf(path: string): Lane {
  if (path.startsWith('test/kernel/')) return 'kernel'
  if (path.startsWith('test/fresh/')) return 'fresh'
  return path.startsWith('test/e2e/') ? 'e2e' : 'default'
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** The files to run, sorted; and the patterns that chose none. */
function select(lane: Lane, patterns: readonly string[]): { files: string[]; unmatched: string[] } {
  const all = globSync('test/**/*.test.ts', { exclude: ['test/fixtures/**'] })
    .filter(path => lane === 'all' || laneOf(path) === lane)
    .sort()
  const files = all.filter(path => patterns.length === 0 || patterns.some(pattern => path.includes(pattern)))
  return { files, unmatched: patterns.filter(pattern => !all.some(path => path.includes(pattern))) }
}

async function runOne(path: string, limitMs: number): Promise<Verdict> {
  const startMs = performance.now()
  const run = await runFile(path, limitMs)
  const verdict = judge(run)
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  print(`${verdict.failed > 0 ? 'FAIL' : 'ok  '} ${path}  ${describe(verdict)}  ${seconds}s`)
  for (const reason of verdict.skips) print(`     skipped: ${reason}`)
  if (verdict.failed > 0) print(run.output.trimEnd().replace(/^/gm, '     | '))
  for (const problem of verdict.problems) print(`     problem: ${problem}`)
  return verdict
}

function describe(v: { passed: number; failed: number; skipped: number }): string {
  return `${v.passed} passed, ${v.failed} failed, ${v.skipped} skipped`
}

/** Runs files, each in its turn, until none is left. */
async function work(turns: Turns, limitMs: number, verdicts: Verdict[]): Promise<void> {
  for (let file = await turns.begin(); file !== undefined; file = await turns.begin()) {
    verdicts.push(await runOne(file.path, limitMs))
    turns.end(file)
  }
}

/** A file with what it cannot bear beside it; in the kernel lane that is anything, unless the file says that it does not mind. */
function toTurn(path: string) {
  const source = readFileSync(path, 'utf8')
  const needs = readNeeds(source)
  const isAlone = needs.isAlone || (laneOf(path) === 'kernel' && !/^\/\/ Beside others\b/m.test(source))
  return { path, needs: { ...needs, isAlone } }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { lane: { type: 'string' }, jobs: { type: 'string' }, limit: { type: 'string' } },
  })
  const lane = LANES.find(name => name === (values.lane ?? (positionals.length > 0 ? 'all' : 'default')))
  if (lane === undefined) throw new Error(`--lane: must be one of ${LANES.join(', ')}, got ${values.lane}`)
  const jobs = Number(values.jobs ?? JOBS[lane])
  const limitMs = Number(values.limit ?? LIMITS_S[lane]) * 1000
  const { files, unmatched } = select(lane, positionals)
  if (files.length === 0 && unmatched.length === 0) unmatched.push(`lane ${lane}`)
  for (const pattern of unmatched) print(`FAIL ${pattern}: matches no test file`)

  const verdicts: Verdict[] = []
  const turns = new Turns(files.map(toTurn))
  await Promise.all(Array.from({ length: jobs }, () => work(turns, limitMs, verdicts)))
  const sum = (key: 'passed' | 'failed' | 'skipped') => verdicts.reduce((total, v) => total + v[key], 0)
  const result = { passed: sum('passed'), failed: sum('failed') + unmatched.length, skipped: sum('skipped') }
  print('')
  print(describe(result))
  process.exitCode = result.failed > 0 ? 1 : 0
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    killAll()
    process.exit(1)
  })
process.chdir(join(import.meta.dirname, '..'))
await main()
