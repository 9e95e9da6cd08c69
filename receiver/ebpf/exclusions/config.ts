/** Configuration of what is not counted. */
import { z } from 'zod'
import { findFaultWithUnit, isIdPrefix } from '../../../kubernetes/selectors/names.ts'
import { RULES } from '../../../native/generated/layout.ts'
import { faultless, text } from '../../../pipeline/config.ts'
import { callSet } from '../../../syscalls/call-set-field.ts'

/** One rule is `from`. */
const MAX_RULES = RULES - 1

const SOURCES = ['all', 'containers', 'host'] as const

function findFaultWithId(id: string): string | undefined {
  return isIdPrefix(id) ? undefined : 'must be the first 8 digits of the id of a container or more'
}

const rule = z
  .strictObject({
    name: text
      .optional()
      .describe('What the calls it leaves out are counted under; default: its place, such as `exclude::0`'),
    syscalls: callSet
      .default(['all'])
      .describe('Which calls are not counted: system calls, classes, groups, `all`; with `!`, which are'),
    from: z
      .enum(SOURCES)
      .default('all')
      .describe('Whose calls: those of containers, those of everything else, or of all'),
    containers: z
      .array(faultless(findFaultWithId))
      .default([])
      .describe('Only of these containers, by the first 8 or more digits of their ids'),
    units: z
      .array(faultless(findFaultWithUnit))
      .default([])
      .describe(
        'Only of these systemd units, such as `ssh.service`; `*` and `?` stand for any text and any character',
      ),
  })
  .refine(
    ({ from, containers, units }) =>
      (from === 'all' ? 0 : 1) + Math.min(1, containers.length) + Math.min(1, units.length) <= 1,
    {
      error: 'must have one of `from`, `containers` and `units`; write a rule for each',
    },
  )

export const from = z
  .enum(SOURCES)
  .default('all')
  .describe('Whose calls are counted: those of containers, those of everything else, or of all')

export const exclude = z
  .array(rule)
  .max(MAX_RULES, `must have at most ${MAX_RULES} rules`)
  .default([])
  .describe('What is not counted: these calls of these containers or units')

export interface ExclusionConfig {
  readonly from: z.output<typeof from>
  readonly exclude: z.output<typeof exclude>
}
