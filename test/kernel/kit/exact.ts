/** The exactness check: what a workload says it did is what was counted, no more, no less, and the books balance. */
import * as assert from 'uvu/assert'
import { type Latency, startAccounting } from '../harness.ts'
import { Cgroup } from './cgroup.ts'
import { Load } from './load.ts'
import { type Calls, type Report, runWorkload } from './workload.ts'

type Agent = Awaited<ReturnType<typeof startAccounting>>

export interface Case {
  /** A sentence: what is counted exactly. */
  readonly name: string
  readonly program: string
  readonly args: readonly (string | number)[]
  readonly latency?: Latency
}

/** So many calls of one kind in a cgroup, however they were seen. */
export interface CountedRow extends Calls {
  readonly cgroup: bigint
}

/** Adds two tests: the case alone, and beside calls on every CPU. */
export function exactly(suite: (name: string, run: () => Promise<void>) => void, c: Case): void {
  suite(c.name, () => runCase(c, false))
  suite(`${c.name}, under load`, () => runCase(c, true))
}

async function runCase(c: Case, isLoaded: boolean): Promise<void> {
  await using agent = await startAccounting({ latency: c.latency ?? 'exact' })
  await using load = isLoaded ? await Load.start() : undefined
  await using cgroup = Cgroup.create()
  const report = await runWorkload(cgroup, c.program, ...c.args.map(String))
  const background = await load?.end()
  const rows = await agent.collect()
  assertBalanced(agent)
  assertCounted(rows, cgroup.id, report)
  if (load && background) assertCounted(rows, load.cgroup.id, background)
}

/** The rows of a cgroup that the report speaks of are exactly those it lists. */
export function assertCounted(rows: readonly CountedRow[], cgroup: bigint, report: Report): void {
  const marked = new Set(report.expected.map(call => call.syscall))
  const counted = rows.filter(row => row.cgroup === cgroup && (report.complete || marked.has(row.syscall)))
  assert.equal(toLines(counted), toLines(report.expected.filter(call => call.calls > 0)))
}

/** Nothing lost, nothing unexplained: every enter returned, died, or is still in flight. */
export function assertBalanced(agent: Agent): void {
  const books = agent.books()
  assert.equal(books.lost, {}, 'nothing is lost')
  assert.is(books.unaccounted, 0n, 'the books balance')
  assert.is(books.outOfOrder, 0, 'each counter is followed from owner to owner')
}

/** One line per kind of call, sorted, so that a difference reads well. */
function toLines(calls: readonly Calls[]): string[] {
  return calls
    .map(({ syscall, abi, error, outcome, calls }) =>
      [syscall, abi ?? 'native', error ?? 'OK', outcome ?? 'returned', calls].join(' '),
    )
    .sort()
}
