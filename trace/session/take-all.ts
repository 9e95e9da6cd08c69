import type { EventBatch } from '../events/events.ts'
import type { Subscription } from './session.ts'

type Taken = Pick<Subscription, 'take' | 'hasMore' | 'end'>

/** Uses all that has happened since the last look, piece by piece. */
export function takeAll(subscription: Taken, use: (batch: EventBatch) => void): void {
  do use(subscription.take())
  while (subscription.hasMore)
}

/** Ends a subscription, and uses all that was still to come, piece by piece. */
export function endAll(subscription: Taken, use: (batch: EventBatch) => void): void {
  // Before the last look, which keeps of the one before only what there is room for.
  while (subscription.hasMore) use(subscription.take())
  use(subscription.end())
  while (subscription.hasMore) use(subscription.take())
}
