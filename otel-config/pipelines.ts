import type { Signal } from '../pipeline/component.ts'
import { SIGNALS } from '../pipeline/data/batches.ts'
import { kindsIn, LISTS } from '../pipeline/kinds.ts'
import { nearest } from '../pipeline/nearest.ts'
import type { PlannedPipeline } from '../pipeline/plan.ts'
import { nameFault, splitId } from './components.ts'
import { decode, type Part } from './decode.ts'
import { References, wipedHint } from './references.ts'
import { pipeline as schema } from './service.ts'
import { isNull, keysOf, nodeAt, placeOf, placeOfKey } from './tree.ts'

const PATH = ['service', 'pipelines']

/** Every pipeline of `service::pipelines` that could be decoded. Problems, those of its references included, are told. */
export function decodePipelines(part: Omit<Part, 'path'>): PlannedPipeline[] {
  const { root, findings } = part
  const ids = keysOf(root, PATH)
  const canHave = [['service'], PATH].every(
    path => nodeAt(root, path)?.kind === 'map' || isNull(nodeAt(root, path)),
  )
  if (ids.length === 0 && canHave)
    findings.refuse(placeOf(root, PATH), PATH, 'must have at least one pipeline', wipedHint(PATH, root))
  const references = new References(part)
  const pipelines = ids.flatMap(id => {
    const path = [...PATH, id]
    const isNamed = checkPipelineId(id, { ...part, path })
    const lists = decode(schema, { ...part, path })
    for (const list of LISTS) references.add(kindsIn(list), [...path, list], list === 'processors')
    return lists && isNamed ? [{ id, signal: splitId(id).type as Signal, ...lists }] : []
  })
  references.check()
  return pipelines
}

function checkPipelineId(id: string, { root, path, findings }: Part): boolean {
  const { type: signal, name } = splitId(id)
  const isKnown = SIGNALS.some(one => one === signal)
  const meant = nearest(signal, SIGNALS)
  const fault = isKnown ? nameFault(name) : `unknown signal "${signal}"`
  const hint = meant ? `did you mean "${meant}"?` : `known: ${SIGNALS.join(', ')}`
  if (fault) findings.refuse(placeOfKey(root, path), path, fault, isKnown ? undefined : hint)
  return !fault
}
