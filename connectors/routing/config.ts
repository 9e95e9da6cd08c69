import { z } from 'zod'
import { errorMode } from '../../ottl/error-mode.ts'
import { CONTEXT_NAMES, findFault, signalOf } from './routes.ts'

const pipeline = z
  .string()
  .refine(id => signalOf(id) !== undefined, 'must be the id of a pipeline, such as "logs" or "logs/errors"')

const route = z
  .strictObject({
    context: z
      .enum(CONTEXT_NAMES)
      .default('resource')
      .describe('What the condition is about. `request`: accepted, and true of nothing'),
    condition: z
      .string()
      .optional()
      .describe('In OTTL; `statement` is the same with `route() where` before it'),
    statement: z.string().optional().describe('`route()` or `route() where` and a condition'),
    action: z
      .enum(['move', 'copy'])
      .default('move')
      .describe('`copy`: the routes below, and the default, see the data too'),
    pipelines: z.array(pipeline).min(1, 'must name a pipeline').describe('Where it goes'),
  })
  .superRefine(({ condition, statement }, context) => {
    if ((condition === undefined) !== (statement === undefined)) return
    const message = `must have a condition or a statement, got ${condition === undefined ? 'neither' : 'both'}`
    context.addIssue({ code: 'custom', message })
  })

export const config = z
  .strictObject({
    table: z
      .array(route)
      .min(1, 'must have a route')
      .describe('The routes, which are asked from the first on'),
    default_pipelines: z
      .array(pipeline)
      .default([])
      .describe('Where data goes that no route has moved; empty: what no route takes is counted as dropped'),
    error_mode: errorMode.default('propagate'),
  })
  .superRefine((given, context) => {
    for (const fault of findFaults(given)) context.addIssue({ code: 'custom', ...fault })
  })
export type Config = z.output<typeof config>

interface Fault {
  readonly path: (string | number)[]
  readonly message: string
}

/** What is wrong in routes as a whole: pipelines of two signals, and what the signal does not have. */
function findFaults({ table, default_pipelines }: Pick<Config, 'table' | 'default_pipelines'>): Fault[] {
  const signal = signalOf(table[0]?.pipelines[0] ?? '')
  if (!signal) return []
  const aliens = (path: (string | number)[], ids: readonly string[]) =>
    ids.flatMap((id, i) =>
      [signal, undefined].includes(signalOf(id))
        ? []
        : [
            {
              path: [...path, i],
              message: `must be a pipeline of ${signal} as the first one, got "${id}"; make a connector for each signal`,
            },
          ],
    )
  return [
    ...table.flatMap((route, i) => {
      const fault = findFault(route, signal)
      const own = fault ? [{ path: ['table', i, ...fault.path], message: fault.message }] : []
      return [...own, ...aliens(['table', i, 'pipelines'], route.pipelines)]
    }),
    ...aliens(['default_pipelines'], default_pipelines),
  ]
}
