import type { Signal } from '../pipeline/component.ts'
import { SIGNALS } from '../pipeline/data/batches.ts'
import { KIND_NAMES, KINDS, type Kind, kindsIn, LISTS } from '../pipeline/kinds.ts'
import { nearest } from '../pipeline/nearest.ts'
import type { PlannedPipeline } from '../pipeline/plan.ts'
import { nameFault, splitId } from './components.ts'
import { decode, type Part } from './decode.ts'
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
    findings.refuse(placeOf(root, PATH), PATH, 'must have at least one pipeline')
  return ids.flatMap(id => {
    const path = [...PATH, id]
    const { type: signal, name } = splitId(id)
    const isKnown = SIGNALS.some(one => one === signal)
    const meant = nearest(signal, SIGNALS)
    const fault = isKnown ? nameFault(name) : `unknown signal "${signal}"`
    const hint = meant ? `did you mean "${meant}"?` : `known: ${SIGNALS.join(', ')}`
    if (fault) findings.refuse(placeOfKey(root, path), path, fault, isKnown ? undefined : hint)
    const lists = decode(schema, { ...part, path })
    for (const list of LISTS)
      checkReferences(kindsIn(list), { ...part, path: [...path, list] }, list === 'processors')
    return lists && !fault ? [{ id, signal: signal as Signal, ...lists }] : []
  })
}

/**
 * Refuses ids that are not configured under one of `kinds`, or are named twice, and a list without any if it must have one. What is
 * not a list of ids was told already.
 */
export function checkReferences(kinds: readonly Kind[], part: Part, mayBeEmpty = true): void {
  const { root, path, findings } = part
  const node = nodeAt(root, path)
  if (node?.kind !== 'list' && !isNull(node)) return
  const ids = node?.kind === 'list' ? node.items.map(item => item.kind === 'scalar' && item.value) : []
  const configured = kinds.flatMap(kind => keysOf(root, [kind]))
  const { one } = KINDS[kinds[0]!]
  if (ids.length === 0 && !mayBeEmpty)
    findings.refuse(placeOf(root, path), path, `must have at least one ${one}`)
  ids.forEach((id, i) => {
    const at = [...path, i]
    if (typeof id !== 'string') return
    if (ids.indexOf(id) !== i) {
      findings.refuse(placeOf(root, at), at, `references ${one} "${id}" a second time`, 'keep one')
    } else if (!configured.includes(id)) {
      const hint = hintFor(id, kinds, root)
      findings.refuse(placeOf(root, at), at, `references ${one} "${id}", which is not configured`, hint)
    }
  })
}

function hintFor(id: string, kinds: readonly Kind[], root: Part['root']): string {
  const idsOf = (kind: Kind) => keysOf(root, [kind])
  const other = KIND_NAMES.find(kind => !kinds.includes(kind) && idsOf(kind).includes(id))
  const meant = nearest(id, kinds.flatMap(idsOf))
  if (meant) return `did you mean "${meant}"?`
  return other ? `it is one of the ${other}` : `configure it under "${kinds[0]}"`
}
