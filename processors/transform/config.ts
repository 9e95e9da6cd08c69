import { z } from 'zod'
import { errorMode } from '../../ottl/error-mode.ts'
import { statementList } from '../../ottl/written.ts'

export const config = z.strictObject({
  error_mode: errorMode.default('ignore'),
  metric_statements: statementList('metrics').describe('What is done to metrics, in this order'),
  log_statements: statementList('logs').describe('What is done to log records, in this order'),
  trace_statements: statementList('traces').describe('What is done to spans, in this order'),
})
export type Config = z.infer<typeof config>
