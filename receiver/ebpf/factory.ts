import type { ReceiverFactory } from '../../pipeline/component.ts'
import { config, type EbpfConfig } from './config.ts'
import { EbpfReceiver } from './receiver.ts'

export const factory: ReceiverFactory<EbpfConfig> = {
  type: 'ebpf',
  description: 'Counts and times every system call of every container and host service, in the kernel',
  stability: { metrics: 'beta' },
  config,
  create: (context, next) => new EbpfReceiver(context, next),
}
