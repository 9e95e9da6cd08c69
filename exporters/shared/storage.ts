import type { Use } from '../../pipeline/roles.ts'
import type { PushConfig } from './protocol.ts'

/** For `uses` of the factory. */
export function usesOfStorage({ sending_queue: { storage } }: PushConfig): Use[] {
  return storage === undefined ? [] : [{ role: 'storage', id: storage, path: ['sending_queue', 'storage'] }]
}
