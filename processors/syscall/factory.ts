import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Config, config } from './config.ts'
import { createSyscallProcessor } from './processor.ts'

export const factory: Factory<Config> = {
  kind: 'processors',
  type: 'syscall',
  description: 'Labels system calls with class and group; chooses which calls and labels to keep',
  stability: { metrics: 'beta' },
  config,
  create: perSignal({ metrics: createSyscallProcessor }),
}
