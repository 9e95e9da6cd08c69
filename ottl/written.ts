/** Statements and conditions as fields of a configuration: checked when it is read, compiled when a component is created. */
import { z } from 'zod'
import type { Signal } from '../pipeline/component.ts'
import { CONTEXTS, type ContextName } from './contexts.ts'
import { type ErrorMode, type Errors, errorMode } from './error-mode.ts'
import {
  type CompiledCondition,
  type CompiledStatement,
  readCondition,
  readStatement,
  type Where,
} from './language.ts'
import type { OnError } from './select.ts'
import type { Step, WatchedCondition } from './steps.ts'

function checked(read: (text: string, where: Where) => unknown, where: Where) {
  return z.string().superRefine((text, context) => {
    const found = read(text, where)
    if (typeof found === 'string') context.addIssue({ code: 'custom', message: found })
  })
}

/** A list of conditions of one context. */
export function conditionsOf(signal: Signal, context: ContextName) {
  return z.array(checked(readCondition, { signal, context })).default([])
}

/** A list of texts, each about the innermost context that its paths name; or of groups, which may have a `context`. Not both. */
export function conditionList(signal: Signal) {
  const group = z
    .strictObject({ ...base(signal), conditions: z.array(z.string()).describe('Any of these') })
    .superRefine((given, context) => {
      for (const issue of findFaults(signal, given)) context.addIssue({ code: 'custom', ...issue })
    })
  const list = z.array(z.union([checked(readCondition, { signal, context: undefined }), group]))
  return list.refine(isOfOneKind, ONE_KIND).default([])
}

/** The same for statements. */
export function statementList(signal: Signal) {
  const group = z
    .strictObject({
      ...base(signal),
      conditions: z.array(z.string()).default([]).describe('One of these must be true; none given: always'),
      statements: z.array(z.string()).describe('What is done, in this order'),
    })
    .superRefine((given, context) => {
      for (const issue of findFaults(signal, given)) context.addIssue({ code: 'custom', ...issue })
    })
  const list = z.array(z.union([checked(readStatement, { signal, context: undefined }), group]))
  return list.refine(isOfOneKind, ONE_KIND).default([])
}

const ONE_KIND = { error: 'must have texts or groups, got both; put the texts into a group' }

function isOfOneKind(list: readonly unknown[]): boolean {
  return new Set(list.map(item => typeof item)).size < 2
}

function base(signal: Signal) {
  const contexts = CONTEXTS[signal] as unknown as [ContextName, ...ContextName[]]
  return {
    context: z
      .enum(contexts)
      .optional()
      .describe('What all of it is about; absent: what the paths of each text name'),
    error_mode: errorMode.optional(),
  }
}

interface Group {
  readonly context?: ContextName | undefined
  readonly conditions: readonly string[]
  readonly statements?: readonly string[]
  readonly error_mode?: ErrorMode | undefined
}

/** What is wrong, and where in the group. */
function findFaults(signal: Signal, { context, conditions, statements = [] }: Group) {
  const read = statements.map(text => readStatement(text, { signal, context }))
  const contexts = new Set(read.flatMap(one => (typeof one === 'string' ? [] : [one.context])))
  const faultOf = (text: string) => {
    const wheres =
      contexts.size > 0 && !context
        ? Array.from(contexts, one => ({ signal, context: one, isImplied: false }))
        : [{ signal, context }]
    return wheres.map(where => readCondition(text, where)).find(found => typeof found === 'string')
  }
  const faults = (key: string, all: readonly unknown[]) =>
    all.flatMap((found, i) => (typeof found === 'string' ? [{ path: [key, i], message: found }] : []))
  return [...faults('conditions', conditions.map(faultOf)), ...faults('statements', read)]
}

type Written = readonly (string | Group)[]

/** The conditions of a list that passed the checks. */
export function toConditions(
  list: Written,
  signal: Signal,
  mode: ErrorMode,
  errors: Errors,
): WatchedCondition[] {
  return list.map(toGroup).flatMap(({ context, conditions, error_mode = mode }) =>
    conditions.map(text => ({
      condition: sound(readCondition(text, { signal, context })),
      onError: errors.of(text, error_mode),
    })),
  )
}

/** The steps of a list that passed the checks. Statements of one context that follow each other are one. */
export function toSteps(list: Written, signal: Signal, mode: ErrorMode, errors: Errors): Step[] {
  return list
    .map(item => toGroup(item, 'statements'))
    .flatMap(group => stepsOf(group, signal, group.error_mode ?? mode, errors))
}

function stepsOf(
  { context, conditions, statements = [] }: Group,
  signal: Signal,
  mode: ErrorMode,
  errors: Errors,
): Step[] {
  const steps: { context: ContextName; statements: CompiledStatement[] }[] = []
  for (const text of statements) {
    const statement = sound(readStatement(text, { signal, context }))
    if (steps.at(-1)?.context !== statement.context)
      steps.push({ context: statement.context, statements: [] })
    steps.at(-1)!.statements.push(statement)
  }
  return steps.map(step => {
    const where = context ? { signal, context } : { signal, context: step.context, isImplied: false }
    return {
      context: step.context,
      conditions: conditions.map(text => watch(sound(readCondition(text, where)), errors.of(text, mode))),
      edits: step.statements.map(edit => ({ ...edit, onError: errors.of(edit.text, mode) })),
    }
  })
}

const watch = (condition: CompiledCondition, onError: OnError): WatchedCondition => ({ condition, onError })

function toGroup(item: string | Group, key: unknown = 'conditions'): Group {
  if (typeof item !== 'string') return item
  return key === 'statements' ? { conditions: [], statements: [item] } : { conditions: [item] }
}

/** What the configuration's checks let through. */
function sound<T>(found: T | string): T {
  if (typeof found === 'string') throw new Error(found)
  return found
}
