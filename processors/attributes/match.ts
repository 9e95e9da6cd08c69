/** `include` and `exclude`: what the actions are for. Meanings are the Collector's (internal/filter, v0.161). */
import { type ContextName, FIELDS } from '../../ottl/contexts.ts'
import { attributeSource, type Condition, type Cursor, type Source } from '../../ottl/cursor.ts'
import { toText, type Value } from '../../ottl/values.ts'
import type { Signal } from '../../pipeline/component.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { compileSearch } from '../../pipeline/linear-pattern.ts'
import type { Config, Selection } from './config.ts'

/** One thing that must be true. */
interface Test {
  readonly reads: Source
  is(cursor: Cursor): boolean
}
type Matches = (text: string) => boolean

/** What is asked of each signal; anything else is refused for it. */
const KEYS: Readonly<Record<Signal, readonly (keyof Selection)[]>> = {
  metrics: ['metric_names', 'resources'],
  logs: ['log_bodies', 'log_severity_texts', 'log_severity_number', 'attributes', 'resources', 'libraries'],
  traces: ['services', 'span_names', 'span_kinds', 'attributes', 'resources', 'libraries'],
}

/** What the Collector compares with where a resource has no service. */
const NO_SERVICE = '<nil-service-name>'

/** True of what the actions are for; undefined: of everything. Throws CONFIG_INVALID for keys that are not for the signal. */
export function toCondition({ include, exclude }: Config, signal: Signal): Condition | undefined {
  if (!include && !exclude) return undefined
  const wanted = include ? testsOf(include, signal, 'include') : []
  const unwanted = exclude ? testsOf(exclude, signal, 'exclude') : undefined
  const all = (tests: readonly Test[], cursor: Cursor) => tests.every(test => test.is(cursor))
  return {
    reads: new Set([...wanted, ...(unwanted ?? [])].map(test => test.reads)),
    of: cursor => all(wanted, cursor) && !(unwanted && all(unwanted, cursor)),
  }
}

function testsOf(selection: Selection, signal: Signal, place: string): Test[] {
  refuseOthers(selection, signal, place)
  const matcher = (texts: readonly string[]): Matches => {
    if (selection.match_type === 'strict') return text => texts.includes(text)
    const searches = texts.map(text => compileSearch(text))
    return text => searches.some(search => search.test(text))
  }
  return [...ofFields(selection, matcher), ...ofAttributes(selection, matcher)]
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined
}

function refuseOthers(selection: Selection, signal: Signal, place: string): void {
  const all = new Set(Object.values(KEYS).flat())
  const wrong = [...all].filter(key => isGiven(selection[key]) && !KEYS[signal].includes(key))
  const known = KEYS[signal].join(', ')
  if (wrong.length > 0)
    throw invalid(
      `${place}::${wrong[0]}: must not be set in a pipeline of ${signal}; for ${signal} there are ${known}`,
    )
  if (!KEYS[signal].some(key => isGiven(selection[key])))
    throw invalid(`${place}: must have one of ${known} in a pipeline of ${signal}, got none`)
}

const invalid = (message: string) => new SwollError('CONFIG_INVALID', message)

function ofFields(selection: Selection, matcher: (texts: readonly string[]) => Matches): Test[] {
  const tests: Test[] = []
  const add = (context: ContextName, name: string, is: (value: Value) => boolean) => {
    const field = `${context}.${name}`
    tests.push({ reads: FIELDS[context][name]!.reads, is: cursor => is(cursor.field(field)) })
  }
  const addTexts = (texts: readonly string[], context: ContextName, name: string) => {
    if (texts.length === 0) return
    const matches = matcher(texts)
    add(context, name, value => matches(value === undefined ? '' : toText(value)))
  }
  addTexts(selection.metric_names, 'metric', 'name')
  addTexts(selection.span_names, 'span', 'name')
  addTexts(selection.log_bodies, 'log', 'body')
  addTexts(selection.log_severity_texts, 'log', 'severity_text')
  if (selection.span_kinds.length > 0) {
    const matches = matcher(selection.span_kinds)
    add('span', 'kind.string', kind => matches(`SPAN_KIND_${String(kind).toUpperCase()}`))
  }
  const severity = selection.log_severity_number
  if (severity)
    add('log', 'severity_number', number => {
      const given = Number(number ?? 0)
      return given === 0 ? severity.match_undefined : given >= severity.min
    })
  for (const { name, version } of selection.libraries) {
    addTexts([name], 'scope', 'name')
    if (version !== undefined) addTexts([version], 'scope', 'version')
  }
  return tests
}

function ofAttributes(selection: Selection, matcher: (texts: readonly string[]) => Matches): Test[] {
  const tests: Test[] = []
  if (selection.services.length > 0) {
    const matches = matcher(selection.services)
    const serviceOf = (cursor: Cursor) => cursor.resourceAttributes().get('service.name')
    tests.push({ reads: 'resource', is: cursor => matches(toText(serviceOf(cursor) ?? NO_SERVICE)) })
  }
  const toTest = (wanted: Selection['attributes'][number]['value']) => {
    if (wanted === undefined) return (value: Value) => value !== undefined
    if (selection.match_type === 'strict') {
      const exact = typeof wanted === 'number' && Number.isInteger(wanted) ? BigInt(wanted) : wanted
      return (value: Value) => value === exact
    }
    const matches = matcher([String(wanted)])
    return (value: Value) => value !== undefined && matches(toText(value))
  }
  for (const { key, value } of selection.resources) {
    const test = toTest(value)
    tests.push({ reads: 'resource', is: cursor => test(cursor.resourceAttributes().get(key)) })
  }
  for (const { key, value } of selection.attributes) {
    const test = toTest(value)
    tests.push({ reads: attributeSource(key), is: cursor => test(cursor.attribute(key)) })
  }
  return tests
}
