/** Tells the threads of a recording that a selection wants. */
import { decodeFieldSelector } from '../../kubernetes/selectors/fields.ts'
import { RUNTIME_FIELDS } from '../../kubernetes/selectors/pod-fields.ts'
import type { Resource } from '../../pipeline/data/resource.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { ThreadFacts } from '../events/threads.ts'
import { findRecordedName } from '../formats/resource-names.ts'
import type { TargetSelection } from '../requests/request.ts'
import { createTargets, type PodPlace } from '../requests/targets.ts'

export type ThreadTest = (thread: ThreadFacts) => boolean

/** Throws USAGE_INVALID for a field of pods that no recording has. */
export function createThreadTest(selection: TargetSelection): ThreadTest {
  if (selection.kind === 'processes') return createProcessTest(selection.pids)
  const wanted = selection.kind === 'containers' ? { ...selection, withOptedOut: true } : selection
  if (wanted.kind === 'containers') checkFields(wanted.fields)
  const targets = createTargets(wanted, { findPlace: findRecordedPlace, isOverdue: () => true })
  return ({ resource }) => resource !== undefined && targets.decide(resource, '') === 'yes'
}

/**
 * Passes events of these processes and of those they started (their first events come later), and of these threads alone, since
 * a recording does not say which thread started a process.
 */
function createProcessTest(pids: readonly number[]): ThreadTest {
  const asked = new Set(pids)
  const followed = new Set<string>()
  return ({ tid, tgid, processStartNs, parentTgid, parentStartNs }) => {
    const own = toKey(tgid, processStartNs)
    const isFollowed = asked.has(tgid) || followed.has(own) || followed.has(toKey(parentTgid, parentStartNs))
    if (isFollowed) followed.add(own)
    return isFollowed || asked.has(tid)
  }
}

/** An id is used again; with the start it tells processes apart. */
function toKey(pid: number, startNs: bigint): string {
  return `${pid}:${startNs}`
}

function findRecordedPlace(resource: Resource): PodPlace | undefined {
  const found = findRecordedName(resource)
  if (found === undefined) return undefined
  const { namespace, pod, labels, container = null } = found
  const fields = { 'metadata.name': pod, 'metadata.namespace': namespace }
  return { namespace, pod, labels, fields, isOptedOut: false, container }
}

const RECORDED_FIELDS: readonly string[] = RUNTIME_FIELDS.filter(field => field !== 'spec.nodeName')

function checkFields(selector: string): void {
  const unknown = decodeFieldSelector(selector).find(({ field }) => !RECORDED_FIELDS.includes(field))
  if (unknown === undefined) return
  throw new SwollError(
    'USAGE_INVALID',
    `--field-selector: must name what a recording knows (${RECORDED_FIELDS.join(', ')}), got "${unknown.field}"`,
  )
}
