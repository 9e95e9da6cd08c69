import type { ProcessorFactory } from '../../pipeline/component.ts'
import { type Config, config } from './config.ts'
import { K8sAttributes } from './processor.ts'

export const factory: ProcessorFactory<Config> = {
  type: 'k8s_attributes',
  aliases: ['k8sattributes'],
  description: 'Gives containers the names and labels of their Kubernetes pods',
  stability: { metrics: 'beta' },
  config,
  create: { metrics: (context, next) => new K8sAttributes(context, next) },
}
