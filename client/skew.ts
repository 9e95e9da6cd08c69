/** How far the clocks of nodes are from this host's, as far as their messages tell. */

/** Messages of which each node has shown so many say something about its clock. */
const ENOUGH = 3

interface Sight {
  messages: number
  /** The least time from the end of a call there to its arrival here, ns. Below 0: the clock there is ahead. */
  leastNs: bigint
}

export class Skews {
  readonly #sights = new Map<string, Sight>()

  /** A message that arrived at `nowUnixNs` tells of a moment of its node's clock. */
  note(node: string, unixNs: bigint, nowUnixNs: bigint): void {
    const ns = nowUnixNs - unixNs
    const sight = this.#sights.get(node)
    if (sight === undefined) {
      this.#sights.set(node, { messages: 1, leastNs: ns })
      return
    }
    sight.messages++
    if (ns < sight.leastNs) sight.leastNs = ns
  }

  /**
   * Milliseconds from the moment of a call to its arrival, at best, by node: what clocks differ in, and what the way takes. Below 0: the
   * node's clock is ahead by so much at least.
   */
  get leastMs(): ReadonlyMap<string, number> {
    const told = [...this.#sights].filter(([, { messages }]) => messages >= ENOUGH)
    return new Map(told.map(([node, { leastNs }]) => [node, Number(leastNs / 1000n) / 1000]))
  }
}

/** Calls are sent within 200 ms, so that less than this says nothing. */
const NOTABLE_MS = 1000

/** A line for each node whose times are not to be compared with those of others. */
export function describeSkews({ leastMs }: Skews): string[] {
  const first = Math.min(...[...leastMs.values()].filter(ms => ms >= 0))
  return [...leastMs].flatMap(([node, ms]) => {
    if (ms < 0) return [`${node}: its clock is ahead of this host's by ${seconds(-ms)} at least`]
    if (ms - first < NOTABLE_MS) return []
    return [
      `${node}: its calls come ${seconds(ms - first)} later than those of others: its clock is behind, or the way is slow`,
    ]
  })
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`
}
