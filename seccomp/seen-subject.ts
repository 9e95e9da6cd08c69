/** One workload's container, or one unit, with all its instances: what they did, added up exactly. */
import type { Resource } from '../pipeline/data/metrics.ts'
import {
  type GapReason,
  MOST_INSTANCES,
  MOST_VALUES,
  type SeenArgument,
  type SeenCall,
  type Subject,
} from './api/observation.ts'
import type { Kind, Kinds } from './kinds.ts'
import { SeenInstance } from './seen-instance.ts'
import type { TraceTold } from './told.ts'
import { Totals } from './totals.ts'

interface Frame {
  readonly node: string
  readonly sinceMs: number
  readonly untilMs: number
}

/** A subject without counters: its names, sets and tables. */
const OWN_BYTES = 1024

export class SeenSubject {
  readonly #names: Partial<Subject>
  readonly #kinds: Kinds
  readonly #most: number
  readonly #living = new Map<string, SeenInstance>()
  /** Of instances that have ended. */
  readonly #past = new Totals()
  readonly #ids: string[] = []
  readonly #resourceIds = new Set<string>()
  #instances = 0
  #older = 0
  #unknown = 0
  /** Calls without a counter: in the batch that is being added, and most of any batch. */
  #refusing = 0
  #refused = 0

  constructor(names: Partial<Subject>, kinds: Kinds, most: number) {
    this.#names = names
    this.#kinds = kinds
    this.#most = most
  }

  get isAlive(): boolean {
    return this.#living.size > 0
  }

  /** About so many, without living instances. */
  get endedBytes(): number {
    return OWN_BYTES + this.#past.bytes
  }

  /** `isWhole`: whether it began while counting; undefined: nobody knows. */
  begin({ id, attributes }: Resource, timeMs: number, isWhole: boolean | undefined): SeenInstance {
    const instance = new SeenInstance(id, timeMs, this.#most)
    this.#living.set(id, instance)
    this.#instances++
    if (isWhole === undefined) this.#unknown++
    else if (!isWhole) this.#older++
    this.#resourceIds.add(id)
    this.#ids.push(String(attributes['container.id'] ?? attributes['systemd.unit'] ?? id))
    if (this.#ids.length > MOST_INSTANCES) this.#ids.shift()
    if (this.#resourceIds.size > MOST_INSTANCES)
      this.#resourceIds.delete(this.#resourceIds.values().next().value!)
    return instance
  }

  /** A row of the batch: its whole count since its series began. */
  add(instance: SeenInstance, kind: number, calls: number): void {
    if (calls > 0 && !instance.add(kind, calls)) this.#refusing += calls
  }

  /** All rows of the batch have been added. */
  settle(timeMs: number): void {
    this.#refused = Math.max(this.#refused, this.#refusing)
    this.#refusing = 0
    for (const instance of this.#living.values()) instance.settle(timeMs)
  }

  /** All series begin at 0 again. */
  beginAnew(): void {
    for (const instance of this.#living.values()) instance.beginAnew()
  }

  end({ id }: SeenInstance): void {
    const instance = this.#living.get(id)
    this.#living.delete(id)
    instance?.addTo(this.#past)
  }

  toSubject(
    frame: Frame,
    ofNode: readonly { reason: GapReason; count?: number }[],
    told: TraceTold | undefined,
  ): Subject {
    const totals = new Totals()
    totals.addAll(this.#past)
    for (const instance of this.#living.values()) instance.addTo(totals)
    const isWatched = this.#older + this.#unknown === 0
    const calls = toCalls(totals, this.#kinds, isWatched)
    if (told) tell(calls, [...this.#resourceIds], told)
    return {
      ...frame,
      ...this.#names,
      instances: this.#instances,
      ids: [...this.#ids],
      knowsSetup: told !== undefined && this.#instances <= MOST_INSTANCES,
      gaps: [...this.#gaps(totals), ...ofNode],
      calls: [...calls.values()].sort((a, b) => compare(a.name, b.name) || compare(a.abi, b.abi)),
    }
  }

  #gaps(totals: Totals): { reason: GapReason; count?: number }[] {
    const sum = (isSo: (kind: Kind) => boolean) =>
      [...totals.entries()].reduce(
        (all, [kind, { calls }]) => all + (isSo(this.#kinds.get(kind)) ? calls : 0),
        0,
      )
    const counts = {
      began_before: this.#older,
      began_unknown: this.#unknown,
      folded: sum(({ name }) => name === undefined),
      unnamed: sum(({ name, denied }) => isUnnamed(name) && denied === undefined),
      bounded: this.#refused,
    }
    return Object.entries(counts)
      .filter(([, n]) => n > 0)
      .map(([reason, n]) => ({ reason: reason as GapReason, count: n }))
  }
}

/** `syscall_0x3e7`: a number that the tables have no name for. */
export function isUnnamed(name: string | undefined): boolean {
  return name?.startsWith('syscall_0x') ?? false
}

function toCalls(totals: Totals, kinds: Kinds, isWatched: boolean): Map<string, SeenCall> {
  const calls = new Map<string, SeenCall>()
  for (const [number, { calls: n, firstMs, lastMs, atStart }] of totals.entries()) {
    const { name, abi, isError, denied } = kinds.get(number)
    if (name === undefined) continue
    const key = `${abi} ${name}`
    const call = calls.get(key) ?? {
      abi,
      name,
      calls: 0,
      errors: 0,
      denied: {},
      firstMs,
      lastMs,
      atStart: isWatched,
      setup: 0,
    }
    if (denied !== undefined) call.denied[denied] = (call.denied[denied] ?? 0) + n
    else {
      call.calls += n
      if (isError) call.errors += n
    }
    call.firstMs = Math.min(call.firstMs, firstMs)
    call.lastMs = Math.max(call.lastMs, lastMs)
    call.atStart &&= atStart
    calls.set(key, call)
  }
  return calls
}

function tell(calls: ReadonlyMap<string, SeenCall>, resourceIds: readonly string[], told: TraceTold): void {
  for (const id of resourceIds)
    for (const [key, n] of told.setupOf(id) ?? []) {
      const call = calls.get(key)
      if (call) call.setup = Math.min(call.setup + n, call.calls)
    }
  for (const [key, call] of calls) {
    const known = resourceIds.flatMap(id => told.argumentsOf(id, key))
    if (known.length > 0) call.arguments = [joinArguments(known, call)]
  }
}

/** Values are whole if they are of as many calls as were counted. */
function joinArguments(
  all: readonly (SeenArgument & { readonly calls: number })[],
  { calls, setup }: SeenCall,
): SeenArgument {
  const values = new Map<string, number>()
  for (const each of all)
    for (const { value, calls: n } of each.values) values.set(value, (values.get(value) ?? 0) + n)
  const shown = [...values].slice(0, MOST_VALUES).map(([value, n]) => ({ value, calls: n }))
  const known = all.reduce((sum, each) => sum + each.calls, 0)
  const isWhole = all.every(each => each.isWhole) && values.size <= MOST_VALUES && known === calls - setup
  return { index: all[0]!.index, values: shown, isWhole }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
