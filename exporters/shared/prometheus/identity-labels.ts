/** The labels that all series of a resource have: constant ones, `job` and `instance`, resource labels, promoted attributes. */
import type { Attributes } from '../../../pipeline/data/attributes.ts'
import { type LabelOptions, type Promotion, showsTarget } from './label-options.ts'
import { sanitizeLabelName } from './names.ts'
import { type Label, toLabels, toLabelValue, toResourceLabels, toTargetLabels } from './resource-labels.ts'

/** Names are unique. */
export function toIdentityLabels(attributes: Attributes, options: LabelOptions): Label[] {
  const labels = [
    ...toLabels(options.constLabels),
    ...(showsTarget(options) ? toTargetLabels(attributes) : []),
    ...toResourceLabels(attributes, options.resourceLabels),
  ]
  return options.promoted ? [...labels, ...toPromoted(attributes, options.promoted, labels)] : labels
}

/** A name that is taken, or of the scope or a bucket, stays what it is. Attributes of one name are joined, in the order of their keys. */
function toPromoted(attributes: Attributes, promoted: Promotion, labels: readonly Label[]): Label[] {
  const isWanted = (key: string) => isListed(key, promoted.included) && !isListed(key, promoted.excluded)
  const taken = new Set(['le', 'otel_scope_name', 'otel_scope_version', ...labels.map(([name]) => name)])
  const values = new Map<string, string>()
  for (const key of Object.keys(attributes).filter(isWanted).sort()) {
    const name = sanitizeLabelName(key)
    const value = toLabelValue(attributes[key])
    if (value === '' || taken.has(name)) continue
    const before = values.get(name)
    values.set(name, before === undefined ? value : `${before};${value}`)
  }
  return [...values]
}

const isListed = (key: string, patterns: readonly string[]) => patterns.some(pattern => matches(key, pattern))

/** True when the whole key is as the pattern says. Takes as many steps as the product of both lengths, at most. */
function matches(key: string, pattern: string): boolean {
  let k = 0
  let p = 0
  let star = -1
  let resume = 0
  while (k < key.length) {
    if (pattern[p] === '*') {
      star = p++
      resume = k
    } else if (pattern[p] === '?' || pattern[p] === key[k]) {
      p++
      k++
    } else if (star >= 0) {
      p = star + 1
      k = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}
