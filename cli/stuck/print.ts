/** What `swoll stuck` prints. */

import {
  type InFlightDocument,
  type InFlightThread,
  MEMORY_REASONS,
  type MemoryReason,
} from '../../trace/api/in-flight.ts'
import { printElapsed } from '../../trace/formats/line-times.ts'
import { toTable } from '../table.ts'
import type { ShownThreads } from './decode-options.ts'

const HEAD = ['NODE', 'SOURCE', 'PID', 'TID', 'COMM', 'FOR', 'CALL']
const WAITING_HEAD = ['NODE', 'SOURCE', 'CALL', 'THREADS', 'LONGEST']
const SHORT_ID = 12

type Found = InFlightThread & { readonly node: string }

/** Text for standard output, of the answers of one kernel or several agents. */
export function printStuck(answers: readonly InFlightDocument[], shown: ShownThreads): string {
  if (shown.output === 'json') return answers.map(each => `${JSON.stringify(each)}\n`).join('')
  const all = answers.flatMap(({ node, threads }) => threads.map(thread => ({ ...thread, node })))
  const found = all.filter(({ isWaiting }) => shown.isEach || !isWaiting)
  found.sort((a, b) => b.forNs - a.forNs)
  if (shown.output === 'strace') return found.map(printLine).join('')
  const isMany = answers.length > 1
  const stuck = found.length === 0 ? '' : toTable(...narrow(HEAD, found.map(toCells), isMany))
  const waiting = shown.isEach ? [] : summarise(all.filter(({ isWaiting }) => isWaiting))
  if (waiting.length === 0) return stuck
  const title = `${stuck === '' ? '' : '\n'}In calls that wait by nature (--all shows each):\n`
  return `${stuck}${title}${toTable(...narrow(WAITING_HEAD, waiting, isMany))}`
}

/** How many threads are stuck: what the exit code says. */
export function countStuck(answers: readonly InFlightDocument[], { isEach }: ShownThreads): number {
  return answers.flatMap(({ threads }) => threads).filter(({ isWaiting }) => isEach || !isWaiting).length
}

/** Lines for standard error: what the answers lack; none, if nothing. */
export function describeMissed(answers: readonly InFlightDocument[]): readonly string[] {
  return answers.flatMap(({ node, total, threads, missed }) => {
    const cut = total - threads.length
    const lines = Object.entries(missed).map(([reason, count]) =>
      isMemoryReason(reason)
        ? `${node}: ${threadsWith(count, 'has', 'have')} arguments in memory that are shown as addresses: ${WHY[reason]}`
        : `${node}: ${threadsWith(count, 'is', 'are')} not shown: ${reason}`,
    )
    return cut > 0
      ? [...lines, `${node}: ${cut} more ${cut === 1 ? 'thread is' : 'threads are'} not shown: --limit`]
      : lines
  })
}

const WHY: Readonly<Record<MemoryReason, string>> = {
  memory_withheld: 'they are in a file of a server that may not answer, or in memory that is being changed',
  memory_not_in_time: 'reading them did not end, and is not tried again until swoll starts anew',
  memory_unreadable: 'this kernel does not let them be read (Linux 6.2 does)',
}

const threadsWith = (count: number, one: string, many: string): string =>
  count === 1 ? `1 thread ${one}` : `${count} threads ${many}`

function isMemoryReason(reason: string): reason is MemoryReason {
  return MEMORY_REASONS.some(each => each === reason)
}

/** The column of nodes goes where there is one. */
function narrow(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  isMany: boolean,
): [string[], string[][]] {
  const cut = isMany ? 0 : 1
  return [head.slice(cut), rows.map(row => row.slice(cut))]
}

function toCells(thread: Found): string[] {
  const { node, pid, tid, comm } = thread
  return [node, sourceOf(thread), `${pid}`, `${tid}`, comm, elapsed(thread), callOf(thread)]
}

/** As `swoll trace -o strace` shows it. */
function printLine(thread: Found): string {
  return `[pid ${String(thread.tid).padStart(5)}] ${callOf(thread).slice(0, -1)} <unfinished ...> (for ${elapsed(thread)})\n`
}

function summarise(waiting: readonly Found[]): string[][] {
  const groups = Map.groupBy(waiting, each => JSON.stringify([each.node, sourceOf(each), each.syscall.name]))
  return [...groups.values()]
    .map(all => ({ first: all[0]!, all, longest: all.reduce((a, b) => (a.forNs >= b.forNs ? a : b)) }))
    .sort((a, b) => b.longest.forNs - a.longest.forNs)
    .map(({ first, all, longest }) => [
      ...[first.node, sourceOf(first), first.syscall.name],
      ...[`${all.length}`, elapsed(longest)],
    ])
}

const elapsed = ({ forNs, isAtLeast }: InFlightThread): string =>
  printElapsed({ durationNs: forNs, hasBegunUnseen: isAtLeast })

function sourceOf({ container, unit, cgroup }: InFlightThread): string {
  if (!container) return unit ?? cgroup ?? '-'
  const { name, pod, namespace, id, pod_uid } = container
  if (pod !== null) return `${name ?? '-'}.${pod}.${namespace}`
  return id === null ? `pod-${pod_uid}` : id.slice(0, SHORT_ID)
}

function callOf({ syscall, args }: InFlightThread): string {
  const texts = Object.values(args).flatMap(({ text }) => (text === '' ? [] : [text]))
  return `${syscall.name}(${texts.join(', ')})`
}
