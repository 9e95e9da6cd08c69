/** Shortcuts for tests of the encoders: from rows to text. */

import type { Encode, EncodeOptions } from '../../../exporters/prometheus/encode.ts'
import { encodeText } from '../../../exporters/prometheus/text.ts'
import { Block } from '../../../exporters/shared/prometheus/block.ts'
import { toExposition } from '../../../exporters/shared/prometheus/exposition.ts'
import type { Exposition } from '../../../exporters/shared/prometheus/family.ts'
import type { LabelOptions } from '../../../exporters/shared/prometheus/label-options.ts'
import { defaultResourceLabels, type Naming } from '../../../exporters/shared/prometheus/resource-labels.ts'
import type { MetricsBatch } from '../../../pipeline/data/metrics.ts'
import { type BatchOptions, metricsBatch, type Row } from '../../kit/metrics.ts'

export const plain: EncodeOptions = { timestamps: false, created: true, bounds: [] }

export function labelOptions(naming: Naming, changes: Partial<LabelOptions> = {}): LabelOptions {
  return { naming, constLabels: {}, resourceLabels: defaultResourceLabels(naming), ...changes }
}

export function toBlocks(batch: MetricsBatch, options: LabelOptions = labelOptions('swoll')): Block[] {
  return batch.tables.map(table => Block.of(batch.resources, table, options))
}

/** The exposition of one or several batches, each of one scope. */
export function expose(
  batches: readonly MetricsBatch[],
  options: LabelOptions = labelOptions('swoll'),
): Exposition {
  return toExposition(
    batches.flatMap(batch => toBlocks(batch, options)),
    options,
  )
}

export function encodeAll(encode: Encode, exposition: Exposition, options: EncodeOptions = plain): Buffer {
  return Buffer.concat(Array.from(encode(exposition, options), chunk => Uint8Array.from(chunk)))
}

/** The text of rows. */
export function textOf(
  rows: readonly Row[],
  batch: BatchOptions = {},
  options = labelOptions('swoll'),
): string {
  return encodeAll(encodeText, expose([metricsBatch(rows, batch)], options)).toString()
}

/** A container that Kubernetes knows. */
export const POD = {
  id: 'pod-a',
  attributes: {
    'container.id': 'c0ffee',
    'k8s.pod.uid': 'uid-1',
    'container.runtime.name': 'containerd',
    'k8s.namespace.name': 'kube-system',
    'k8s.pod.name': 'dns-1',
    'k8s.container.name': 'dns',
  },
}

/** A service of the host. */
export const UNIT = {
  id: 'unit-ssh',
  attributes: { 'systemd.unit': 'ssh.service', 'process.linux.cgroup': '/system.slice/ssh.service' },
}
