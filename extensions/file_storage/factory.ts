import type { Factory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'
import { FileStorage } from './extension.ts'

/** Keeps queues on disk. */
export const factory: Factory<Config> = {
  kind: 'extensions',
  type: 'file_storage',
  description: 'Keeps the sending queues of exporters on disk, so that they survive a restart',
  stability: { extension: 'beta' },
  config,
  roles: ['storage'],
  create: context => new FileStorage(context),
}
