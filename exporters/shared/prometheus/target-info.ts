/** `target_info`: what is known about each resource, for joins. Part of the `otel` naming. */
import { Block } from './block.ts'
import type { Family } from './family.ts'
import { toIdentityLabels } from './identity-labels.ts'
import type { Labels } from './label-columns.ts'
import type { LabelOptions } from './label-options.ts'
import { sanitizeLabelName } from './names.ts'
import { type Label, toLabelValue, toTargetLabels } from './resource-labels.ts'

/** Attributes that `job` and `instance` are made of. */
const IN_TARGET = new Set(['service.name', 'service.namespace', 'service.instance.id'])

/**
 * One sample of value 1 per resource identity, which is the labels its series have too: job, instance, the resource
 * labels, and promoted attributes. The other attributes are further labels; of several resources of one identity those of the one
 * that lives, which is in the last block, before what ends with it. Undefined without resources.
 */
export function toTargetInfo(blocks: readonly Block[], options: LabelOptions): Family | undefined {
  const labels = toInfoLabels(blocks, options)
  return labels.length === 0 ? undefined : toInfoFamily(labels, blocks.at(-1)!.timeUnixNano)
}

/** The labels of each sample. */
export function toInfoLabels(blocks: readonly Block[], options: LabelOptions): Labels[] {
  const byIdentity = new Map<string, Labels>()
  for (const { attributes } of new Set(blocks.toReversed().flatMap(block => block.resources))) {
    const target = toTargetLabels(attributes)
    const identity = toIdentityLabels(attributes, options)
    const key = JSON.stringify(identity)
    if (byIdentity.has(key)) continue
    const used = new Set(identity.map(([name]) => name))
    const rest = Object.entries(attributes)
      .filter(([attribute]) => target.length === 0 || !IN_TARGET.has(attribute))
      .map(([attribute, value]): Label => [sanitizeLabelName(attribute), toLabelValue(value)])
    for (const [name, value] of rest)
      if (value !== '' && !used.has(name)) identity.push([name, value]) && used.add(name)
    byIdentity.set(key, identity)
  }
  return [...byIdentity.values()]
}

/** Samples of value 1 with these labels, as of that moment. */
export function toInfoFamily(labels: readonly Labels[], timeUnixNano: bigint): Family {
  const block = toInfoBlock(labels, timeUnixNano)
  const series = [{ block, column: block.metrics[0]!, merged: undefined }]
  return { name: 'target_info', kind: 'info', unit: '', help: 'Attributes of the resource', series }
}

function toInfoBlock(labels: readonly Labels[], timeUnixNano: bigint): Block {
  const rows = labels.length
  const gauge = {
    type: 'gauge',
    name: 'target',
    description: '',
    unit: '',
    values: new Float64Array(rows).fill(1),
  } as const
  const codes = Uint32Array.from(labels, (_, row) => row)
  return new Block(
    { rows, startTimeUnixNano: new BigUint64Array(rows), metrics: [gauge] },
    timeUnixNano,
    () => [{ codes, labels }],
  )
}
