import type { Factory } from '../../pipeline/component.ts'
import { config, type EbpfConfig } from './config.ts'
import { createParts } from './parts.ts'

export const factory: Factory<EbpfConfig> = {
  kind: 'receivers',
  type: 'ebpf',
  description:
    'Counts and times every system call of every container and host service, and traces those that are wanted',
  stability: { metrics: 'beta', logs: 'alpha', traces: 'alpha' },
  config,
  create: createParts,
}
