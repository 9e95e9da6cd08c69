import type { Signal } from '../pipeline/component.ts'
import { SIGNALS } from '../pipeline/data/batches.ts'
import { LISTS, type List } from '../pipeline/kinds.ts'
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
    for (const kind of LISTS) checkReferences(kind, { ...part, path: [...path, kind] })
    return lists && !fault ? [{ id, signal: signal as Signal, ...lists }] : []
  })
}

/** Each id must be configured, and named once; only processors may be none. What is not a list of ids was told already. */
function checkReferences(kind: List, { root, path, findings }: Part): void {
  const node = nodeAt(root, path)
  if (node?.kind !== 'list' && !isNull(node)) return
  const ids = node?.kind === 'list' ? node.items.map(item => item.kind === 'scalar' && item.value) : []
  const configured = keysOf(root, [kind])
  const one = kind.slice(0, -1)
  if (ids.length === 0 && kind !== 'processors')
    findings.refuse(placeOf(root, path), path, `must have at least one ${one}`)
  ids.forEach((id, i) => {
    const at = [...path, i]
    if (typeof id !== 'string') return
    if (ids.indexOf(id) !== i) {
      findings.refuse(placeOf(root, at), at, `references ${one} "${id}" a second time`, 'keep one')
    } else if (!configured.includes(id)) {
      const hint = hintFor(kind, id, configured, root)
      findings.refuse(placeOf(root, at), at, `references ${one} "${id}", which is not configured`, hint)
    }
  })
}

function hintFor(kind: List, id: string, configured: readonly string[], root: Part['root']): string {
  const other = LISTS.find(one => one !== kind && keysOf(root, [one]).includes(id))
  const meant = nearest(id, configured)
  if (meant) return `did you mean "${meant}"?`
  return other ? `it is one of the ${other}` : `configure it under "${kind}"`
}
