/** `filter`: as selectors for the API server, and as a test for sources that have none. */
import { hasLabels } from '../selectors/labels.ts'
import type { LabelFilter, PodFilter } from './origin.ts'
import type { RawPod } from './pod.ts'

const OPERATORS = {
  equals: 'in',
  'not-equals': 'notin',
  exists: 'exists',
  'does-not-exist': 'absent',
} as const

/** Query parameters of LIST and WATCH. */
export function toSelectors({ fields, labels }: PodFilter, node: string): Record<string, string> {
  const fieldSelector = [
    `spec.nodeName=${node}`,
    ...fields.map(({ key, op, value }) => `${key}${op === 'equals' ? '=' : '!='}${value}`),
  ]
  return {
    fieldSelector: fieldSelector.join(),
    ...(labels.length > 0 && { labelSelector: labels.map(toRequirement).join() }),
  }
}

function toRequirement({ key, op, value }: LabelFilter): string {
  switch (op) {
    case 'equals':
      return `${key}=${value}`
    case 'not-equals':
      return `${key}!=${value}`
    case 'exists':
      return key
    case 'does-not-exist':
      return `!${key}`
  }
}

/** Whether the API server would have sent the pod, less its fields. */
export function isWanted({ namespace, labels }: PodFilter, { metadata }: RawPod): boolean {
  if (namespace !== undefined && metadata.namespace !== namespace) return false
  const requirements = labels.map(({ key, op, value }) => ({ key, operator: OPERATORS[op], values: [value] }))
  return hasLabels(metadata.labels ?? {}, requirements)
}
