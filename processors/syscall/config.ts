import { z } from 'zod'
import { findFaultWithContainer, findFaultWithUnit } from '../../kubernetes/selectors/names.ts'
import { describeValue, faultless } from '../../pipeline/config.ts'
import { nearest } from '../../pipeline/nearest.ts'
import { isCallName, toCallName } from '../../syscalls/call-set.ts'
import { CALL_NAMES, CLASS_NAMES, GROUP_ALIASES, GROUP_NAMES } from '../../syscalls/classes.ts'
import { createSelection, type SelectionConfig } from './selection.ts'

/** Attribute of the points that each name in `attributes` stands for. */
export const ATTRIBUTE_KEYS = {
  name: 'syscall.name',
  class: 'syscall.class',
  group: 'syscall.group',
  errno: 'error.type',
  outcome: 'syscall.outcome',
  abi: 'syscall.abi',
} as const
export type AttributeName = keyof typeof ATTRIBUTE_KEYS
const ATTRIBUTE_NAMES = Object.keys(ATTRIBUTE_KEYS) as [AttributeName, ...AttributeName[]]

/** Text that `isKnown`; else an error that says what it must be, with the nearest of `names`. */
function known(what: string, names: readonly string[], isKnown: (text: string) => boolean) {
  return z.string().superRefine((text, context) => {
    if (isKnown(text)) return
    const hint = nearest(toCallName(text), names)
    const remedy = hint ? `; did you mean ${JSON.stringify(hint)}?` : ''
    context.addIssue({ code: 'custom', message: `must be ${what}, got ${describeValue(text)}${remedy}` })
  })
}

const call = known('a system call such as "openat"', CALL_NAMES, isCallName)
const callClass = known('a class of system calls', CLASS_NAMES, text => CLASS_NAMES.includes(text))
const group = known(
  'a group of system calls',
  GROUP_NAMES,
  text => GROUP_NAMES.includes(text) || GROUP_ALIASES.has(text),
)

const lists = z.strictObject({
  syscalls: z.array(call).default([]).describe('Names of system calls, with or without the prefix `sys_`'),
  classes: z.array(callClass).default([]).describe('Classes of system calls, such as `Network`'),
  groups: z.array(group).default([]).describe('Groups of system calls, such as `Sockets`'),
  containers: z
    .array(faultless(findFaultWithContainer))
    .default([])
    .describe('Containers, by the first 8 or more digits of the id, or by name in the pod'),
  units: z
    .array(faultless(findFaultWithUnit))
    .default([])
    .describe('systemd units, such as `ssh.service`; `*` and `?` stand for any text and any character'),
})

/** A call that no table has. */
const ANY_NUMBER = 'unknown_'
const LISTS = Object.keys(lists.shape).join(', ')
const selection = lists.refine(given => Object.values(given).some(list => list.length > 0), {
  error: `must name something in at least one of ${LISTS}`,
  when: ({ issues }) => issues.length === 0, // a misspelt key is enough of an error
})

export const config = z
  .strictObject({
    attributes: z
      .array(z.enum(ATTRIBUTE_NAMES))
      .default(ATTRIBUTE_NAMES)
      .describe('What to tell calls apart by. What is left out is added up, exactly'),
    include: selection.optional().describe('Keeps only these calls'),
    exclude: selection.optional().describe('Drops these calls, also when `include` names them'),
  })
  .refine(given => leavesSomething(given), {
    error: 'must leave some of the calls that include names, and drops them all',
    path: ['exclude'],
    when: ({ issues }) => issues.length === 0,
  })

/** Whether any call can pass: where exclude is about all sources, it must not name all that include does. */
function leavesSomething(given: {
  readonly include?: SelectionConfig | undefined
  readonly exclude?: SelectionConfig | undefined
}): boolean {
  const { include, exclude } = given
  if (exclude === undefined || exclude.containers.length + exclude.units.length > 0) return true
  const excluded = createSelection(exclude)
  const included = include && createSelection(include)
  const named = [include, exclude].flatMap(lists => lists?.syscalls ?? []).map(toCallName)
  return [...CALL_NAMES, ANY_NUMBER, ...named].some(
    name => (included === undefined || included.hasCall(name)) && !excluded.hasCall(name),
  )
}
export type Config = z.infer<typeof config>
