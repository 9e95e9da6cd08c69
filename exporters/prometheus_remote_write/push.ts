import type { PushConfig } from '../shared/protocol.ts'
import type { RemoteWriteConfig } from './config.ts'

/** The configuration in the terms of all exporters that push. */
export interface RemoteWritePush
  extends PushConfig,
    Omit<RemoteWriteConfig, keyof PushConfig | 'remote_write_queue'> {
  readonly parallel_requests: number
}

/** The queue in the terms of all exporters that push. Batches are sent one after the other, for the order of samples. */
export function toPush({ remote_write_queue: queue, ...config }: RemoteWriteConfig): RemoteWritePush {
  const { enabled, queue_size, max_bytes, num_consumers } = queue
  const rest = { sizer: 'requests', block_on_overflow: false, wait_for_result: false } as const
  return {
    ...config,
    parallel_requests: num_consumers,
    sending_queue: { enabled, queue_size, max_bytes, num_consumers: 1, ...rest },
  }
}
