import type { ProcessorFactory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'
import { createSyscallProcessor } from './processor.ts'

export const factory: ProcessorFactory<Config> = {
  type: 'syscall',
  description: 'Labels system calls with class and group; chooses which calls and labels to keep',
  stability: { metrics: 'beta' },
  config,
  create: { metrics: (context, next) => createSyscallProcessor(context, next) },
}
