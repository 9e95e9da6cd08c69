/** Where the agent's main thread spends its time. */
import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import { type StackNode, Stacks } from './stacks.ts'

/** As Go does: 100 a second. */
const EVERY_US = 10_000
/** V8's own names for frames that are none: the root of all, and time without anything to do. */
const LEFT_OUT = ['(root)', '(idle)']

/** Empty sums for what `startCpu` gives. */
export function createCpuStacks(): Stacks {
  const cpu = { type: 'cpu', unit: 'nanoseconds' }
  return new Stacks({
    kinds: [{ type: 'samples', unit: 'count' }, cpu],
    period: { ...cpu, every: EVERY_US * 1000 },
  })
}

/** Samples from now on, until the function given back is called: then it adds what it saw to `stacks`. */
export async function startCpu(): Promise<(stacks: Stacks) => Promise<void>> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: EVERY_US })
    await session.post('Profiler.start')
  } catch (error) {
    session.disconnect()
    throw error
  }
  return async stacks => {
    try {
      const { profile } = await session.post('Profiler.stop')
      stacks.add(toTree(profile))
    } finally {
      session.disconnect()
    }
  }
}

/** The profile as a tree: of each node the samples in which it was on top, and the nanoseconds until the next. */
export function toTree({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): StackNode {
  const sums = new Map<number, [samples: number, nanoseconds: number]>()
  samples.forEach((id, i) => {
    const [count, nanoseconds] = sums.get(id) ?? [0, 0]
    const lastedUs = Math.max(0, timeDeltas[i + 1] ?? EVERY_US)
    sums.set(id, [count + 1, nanoseconds + lastedUs * 1000])
  })
  const tree = new Map(
    nodes.map(({ id, callFrame }) => {
      const isLeftOut = LEFT_OUT.includes(callFrame.functionName)
      const values = (!isLeftOut && sums.get(id)) || [0, 0]
      return [id, { frame: callFrame, values, children: [] as StackNode[] }]
    }),
  )
  for (const { id, children = [] } of nodes)
    for (const child of children) tree.get(id)!.children.push(tree.get(child)!)
  return tree.get(nodes[0]!.id)!
}
