/** Which code of the agent takes memory of the JavaScript heap. */
import type { HeapProfiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import { type StackNode, Stacks } from './stacks.ts'

/** One sample for so many bytes: V8's default. */
const EVERY_BYTES = 32_768

/** `inuse`: what was allocated meanwhile and is still there at the end; `alloc`: all that was allocated meanwhile. */
export type HeapView = 'inuse' | 'alloc'

/** Empty sums for what `startHeap` gives. */
export function createHeapStacks(view: HeapView): Stacks {
  const space = { type: `${view}_space`, unit: 'bytes' }
  return new Stacks({ kinds: [space], period: { type: 'space', unit: 'bytes', every: EVERY_BYTES } })
}

/** Samples allocations from now on, until the function given back is called: then it adds what it saw to `stacks`. */
export async function startHeap(view: HeapView): Promise<(stacks: Stacks) => Promise<void>> {
  const session = new Session()
  session.connect()
  const isAll = view === 'alloc'
  try {
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: EVERY_BYTES,
      includeObjectsCollectedByMajorGC: isAll,
      includeObjectsCollectedByMinorGC: isAll,
    })
  } catch (error) {
    session.disconnect()
    throw error
  }
  return async stacks => {
    try {
      const { profile } = await session.post('HeapProfiler.stopSampling')
      stacks.add(toTree(profile.head))
    } finally {
      session.disconnect()
    }
  }
}

function toTree({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode): StackNode {
  return { frame: callFrame, values: [selfSize], children: children.map(toTree) }
}
