import type { Consumers, Part } from '../../pipeline/component.ts'

/** Takes the signals that `next` takes, and is what it takes them with: nothing is held, copied or changed. */
export function createForward(next: Consumers): Part {
  return { consumers: next, async start() {}, async shutdown() {} }
}
