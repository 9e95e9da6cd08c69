import type { Factory } from '../../pipeline/component.ts'
import { perSignal } from '../../pipeline/per-signal.ts'
import { type Config, config } from './config.ts'
import { K8sEvents } from './events.ts'
import { K8sAttributes } from './processor.ts'

export const factory: Factory<Config> = {
  kind: 'processors',
  type: 'k8s_attributes',
  aliases: ['k8sattributes'],
  description: 'Gives containers the names and labels of their Kubernetes pods',
  stability: { metrics: 'beta', logs: 'alpha', traces: 'alpha' },
  config,
  create: perSignal({
    metrics: (context, next) => new K8sAttributes(context, next),
    logs: (context, next) => new K8sEvents(context, next, { signal: 'logs' }),
    traces: (context, next) => new K8sEvents(context, next, { signal: 'traces' }),
  }),
}
