/** Rules for a Trace that no type says: the API server checks them before anybody acts on it, in its expression language (CEL). */
import type { Schema } from './structural.ts'

interface Rule {
  readonly rule: string
  readonly message?: string
  readonly messageExpression?: string
}

/** Most bytes and entries: the server refuses rules that may take too long. */
const TEXT = { maxLength: 4096 }
const NAME = { maxLength: 253 }
const LISTS = 64

/** Rules for the resource as a whole. A label has no more characters, and `kubectl logs -l sw-job=NAME` is to find the calls. */
export const RESOURCE_RULES: readonly Rule[] = [
  { rule: 'size(self.metadata.name) <= 63', message: 'metadata.name must be at most 63 characters' },
]

const SPEC_RULES: readonly Rule[] = [
  {
    rule: '!(has(self.successfulOnly) && self.successfulOnly && has(self.errors) && size(self.errors) > 0)',
    message: 'successfulOnly must not be true together with errors; no call is both',
  },
  {
    rule: '!has(self.schedule) || has(self.duration) || has(self.budget)',
    message: 'schedule must come with a duration or a budget, or its traces would never end',
  },
  {
    rule: '!has(self.timeZone) || has(self.schedule)',
    message: 'timeZone must not be set without a schedule',
  },
  {
    rule: 'has(self.schedule) == has(oldSelf.schedule)',
    message: 'schedule must not come or go; create another Trace',
  },
]

const NEEDS_VALUES: Rule = {
  rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && size(self.values) > 0)",
  message: 'values must not be empty with In and NotIn, and must be with Exists and DoesNotExist',
}
const ONE_VALUE: Rule = {
  rule: "self.operator == 'NotIn' || (self.operator == 'In' && has(self.values) && size(self.values) == 1)",
  message: 'operator must be NotIn, or In with one value: fields know "is" and "is not" alone',
}

/** A Go duration, within limits that are inclusive. */
function durationRule(min: string, max: string): Rule {
  const rule = `self.matches('^([0-9]+([.][0-9]+)?(ns|us|ms|s|m|h))+$') && duration(self) >= duration('${min}') && duration(self) <= duration('${max}')`
  const said = `must be a duration such as "30s" or "1h30m", from ${min} to ${max}, got `
  return { rule, messageExpression: `'${said}' + self` }
}

const QUANTITY: Rule = {
  rule: "type(self) == int ? self > 0 : self.matches('^[1-9][0-9]*(Ki|Mi|Gi|k|M|G)?$')",
  message: 'must be a number of bytes such as 1048576 or "10Mi"',
}

const SOME_BUDGET: Rule = {
  rule: 'has(self.calls) || has(self.bytes)',
  message: 'budget must have calls or bytes',
}

/** Adds rules and bounds to the schema of `spec`. */
export function addRules(spec: Schema): void {
  const field = (...path: readonly string[]) => find(spec, path)
  spec['x-kubernetes-validations'] = SPEC_RULES
  for (const [name, rule] of [
    ['duration', durationRule('1s', '720h')],
    ['minLatency', durationRule('0s', '1h')],
  ] as const)
    Object.assign(field(name), { maxLength: 32, 'x-kubernetes-validations': [rule] })
  Object.assign(field('budget'), { 'x-kubernetes-validations': [SOME_BUDGET] })
  Object.assign(field('budget', 'bytes'), { 'x-kubernetes-validations': [QUANTITY] })
  delete field('syscalls').minItems // the original takes none for its default as well
  Object.assign(field('output'), { default: ['logs'], maxItems: 3 })
  for (const name of ['hostSelector', 'pods', 'errors', 'paths', 'syscalls'])
    bound(field(name), name === 'syscalls' ? 512 : LISTS, name === 'paths' ? TEXT : NAME)
  for (const [name, rules] of [
    ['labelSelector', [NEEDS_VALUES]],
    ['fieldSelector', [NEEDS_VALUES, ONE_VALUE]],
  ] as const)
    boundSelector(field(name), rules)
}

function bound(list: Schema, maxItems: number, text: object): void {
  list.maxItems = maxItems
  Object.assign(list.items!, text)
}

function boundSelector(selector: Schema, rules: readonly Rule[]): void {
  const { matchLabels, matchExpressions } = selector.properties!
  Object.assign(matchLabels!, { maxProperties: LISTS })
  Object.assign(matchLabels!.additionalProperties as Schema, NAME)
  matchExpressions!.maxItems = LISTS
  const expression = matchExpressions!.items!
  expression['x-kubernetes-validations'] = rules
  Object.assign(expression.properties!.key!, NAME)
  bound(expression.properties!.values!, LISTS, NAME)
}

/** Returns the schema of a field; throws if there is none, so that no rule is for nothing. */
function find(schema: Schema, path: readonly string[]): Schema {
  return path.reduce((at, name) => {
    const found = at.properties?.[name]
    if (!found) throw new Error(`Trace: must have the field ${path.join('.')}`)
    return found
  }, schema)
}
