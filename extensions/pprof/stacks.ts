/** Sums by stack, as a profile in pprof's format (profile.proto of github.com/google/pprof). */
import { Function as Callable, Line, Location, Profile, Sample, StringTable, ValueType } from 'pprof-format'

/** A frame as V8 has it: `lineNumber` counts from 0. */
interface CallFrame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
  readonly columnNumber: number
}

/** A stack and all that it calls. */
export interface StackNode {
  readonly frame: CallFrame
  /** One for each type of the profile; all 0: nothing was seen here itself. */
  readonly values: readonly number[]
  readonly children: readonly StackNode[]
}

interface ValueKind {
  readonly type: string
  readonly unit: string
}

interface About {
  readonly kinds: readonly ValueKind[]
  /** One sample stands for so much. */
  readonly period: ValueKind & { readonly every: number }
}

/** Distinct stacks that are kept; what comes behind them is told as one. */
const MOST_STACKS = 50_000
const OTHER: CallFrame = { functionName: '(further stacks)', url: '', lineNumber: -1, columnNumber: -1 }

/** Bounded, however long it is added to. */
export class Stacks {
  readonly #about: About
  readonly #most: number
  readonly #strings = new StringTable()
  readonly #locations: Location[] = []
  readonly #functions: Callable[] = []
  readonly #locationIds = new Map<string, number>()
  /** Location ids, leaf first, joined → values. */
  readonly #sums = new Map<string, number[]>()

  constructor(about: About, most = MOST_STACKS) {
    this.#about = about
    this.#most = most
  }

  /** Adds what was seen at each node below `root`, which is none of the frames itself. */
  add(root: StackNode): void {
    const open: [node: StackNode, callers: string][] = root.children.map(node => [node, ''])
    for (let next = open.pop(); next; next = open.pop()) {
      const [node, callers] = next
      const id = this.#locate(node.frame)
      const stack = callers === '' ? `${id}` : `${id},${callers}`
      if (node.values.some(value => value !== 0)) this.#count(stack, node.values)
      for (const child of node.children) open.push([child, stack])
    }
  }

  /** Encodes the sums, not compressed. */
  encode(times: { readonly unixNano: bigint; readonly durationMs: number }): Uint8Array {
    const { kinds, period } = this.#about
    const sample = Array.from(
      this.#sums,
      ([stack, value]) => new Sample({ locationId: stack.split(',').map(Number), value }),
    )
    return new Profile({
      sampleType: kinds.map(kind => this.#toType(kind)),
      sample,
      location: this.#locations,
      function: this.#functions,
      periodType: this.#toType(period),
      period: period.every,
      timeNanos: times.unixNano,
      durationNanos: BigInt(Math.round(times.durationMs * 1e6)),
      stringTable: this.#strings,
    }).encode()
  }

  #count(stack: string, values: readonly number[]): void {
    const isKept = this.#sums.has(stack) || this.#sums.size < this.#most
    const key = isKept ? stack : `${this.#locate(OTHER)}`
    const sums = this.#sums.get(key) ?? values.map(() => 0)
    this.#sums.set(
      key,
      sums.map((sum, i) => sum + values[i]!),
    )
  }

  #locate(frame: CallFrame): number {
    const { functionName, url, lineNumber, columnNumber } = frame
    const key = `${functionName}\0${url}\0${lineNumber}\0${columnNumber}`
    const known = this.#locationIds.get(key)
    if (known !== undefined) return known
    const id = this.#locations.length + 1 // 0 is nowhere
    const name = this.#strings.dedup(functionName || '(anonymous)')
    const filename = this.#strings.dedup(url.replace(/^file:\/\//, ''))
    const line = lineNumber + 1
    this.#functions.push(new Callable({ id, name, systemName: name, filename, startLine: line }))
    this.#locations.push(new Location({ id, line: [new Line({ functionId: id, line })] }))
    this.#locationIds.set(key, id)
    return id
  }

  #toType({ type, unit }: ValueKind): ValueType {
    return new ValueType({ type: this.#strings.dedup(type), unit: this.#strings.dedup(unit) })
  }
}
