/** Compares lines of calls: names, results, and arguments one by one. */
import { REASONS } from './reasons.ts'
import type { BothViews, Lines } from './strace.ts'

export interface Line {
  readonly name: string
  readonly args: readonly string[]
  /** Behind `=`. */
  readonly result: string
}

/** Takes a line apart; undefined: it is no call. */
function parseLine(text: string): Line | undefined {
  const [, name, rest] = /^(\w+)\((.*)$/s.exec(text) ?? []
  if (name === undefined || rest === undefined) return undefined
  const end = rest.lastIndexOf(') = ')
  if (end < 0) return undefined
  return { name, args: splitArguments(rest.slice(0, end)), result: rest.slice(end + 4) }
}

/** Splits at commas outside of strings and brackets. */
function splitArguments(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === '"') i = endOfString(text, i)
    else if ('([{'.includes(c)) depth++
    else if (')]}'.includes(c)) depth--
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(from, i))
      from = i + 2
    }
  }
  if (text !== '') parts.push(text.slice(from))
  return parts
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') return i
  }
  return text.length
}

interface Difference {
  readonly name: string
  readonly strace: string
  readonly ours: string
}

export interface Comparison {
  calls: number
  /** Calls whose names agree, and of these, whose results do. */
  names: number
  results: number
  arguments: number
  equalArguments: number
  readonly byCall: Map<string, { all: number; equal: number }>
  /** Arguments that differ, by reason; those for which there is none, as `call: theirs, ours`. */
  readonly reasons: Map<string, number>
  readonly unexplained: string[]
  readonly differences: Difference[]
}

/** Differences that have a reason, and count as none, by strace's line. */
export interface KnownDifferences {
  result(line: Line): boolean
  argument(line: Line, index: number): boolean
}

/** A number that this strace has no name for may be a newer call, which we know. */
function isSameCall(want: Line, have: Line): boolean {
  return want.name === have.name || want.name.startsWith('syscall_0x')
}

/** Compares both views, thread by thread and call by call. */
export function compare({ strace, ours }: BothViews, known: KnownDifferences): Comparison {
  const sum: Comparison = {
    calls: 0,
    names: 0,
    results: 0,
    arguments: 0,
    equalArguments: 0,
    byCall: new Map(),
    reasons: new Map(),
    unexplained: [],
    differences: [],
  }
  for (const [tid, theirs] of strace) compareThread(sum, theirs, own(ours, tid, theirs), known)
  return sum
}

/** Our calls of the thread, from the one where strace begins: it sees a process from its execve on. */
function own(ours: Lines, tid: number, theirs: readonly string[]): readonly string[] {
  const all = ours.get(tid) ?? []
  const first = theirs[0]?.startsWith('execve(')
    ? all.findLastIndex(line => line.startsWith(first0(theirs)))
    : 0
  return first > 0 && all.length - first >= theirs.length ? all.slice(first) : all
}

const first0 = (lines: readonly string[]): string => lines[0]!.slice(0, lines[0]!.indexOf(','))

function compareThread(
  sum: Comparison,
  theirs: readonly string[],
  ours: readonly string[],
  known: KnownDifferences,
): void {
  for (let i = 0; i < Math.max(theirs.length, ours.length); i++) {
    sum.calls++
    const [wanted, got] = [theirs[i] ?? '', ours[i] ?? '']
    const [want, have] = [parseLine(wanted), parseLine(got)]
    const difference = { name: want?.name ?? have?.name ?? '?', strace: wanted, ours: got }
    if (!want || !have || !isSameCall(want, have)) {
      sum.differences.push(difference)
      // The calls that follow would be compared with others: one missing call is one difference.
      if (theirs.length !== ours.length) return
      continue
    }
    sum.names++
    const hasSameResult = want.result === have.result || known.result(want)
    if (hasSameResult) sum.results++
    const equal = compareArguments(sum, want, have, known)
    if (!equal || !hasSameResult) sum.differences.push(difference)
  }
}

function compareArguments(sum: Comparison, want: Line, have: Line, known: KnownDifferences): boolean {
  if (want.name !== have.name) return true
  const count = Math.max(want.args.length, have.args.length)
  const entry = sum.byCall.get(want.name) ?? { all: 0, equal: 0 }
  sum.byCall.set(want.name, entry)
  let equal = 0
  for (let i = 0; i < count; i++) {
    if (want.args[i] === have.args[i] || known.argument(want, i)) equal++
    else explain(sum, want.name, want.args[i] ?? '', have.args[i] ?? '')
  }
  sum.arguments += count
  sum.equalArguments += equal
  entry.all += count
  entry.equal += equal
  return equal === count
}

function explain({ reasons, unexplained }: Comparison, call: string, theirs: string, ours: string): void {
  const why = REASONS.find(reason => reason.holds(theirs, ours, call))?.why
  if (why === undefined) unexplained.push(`${call}: ${theirs}, ${ours}`)
  else reasons.set(why, (reasons.get(why) ?? 0) + 1)
}
