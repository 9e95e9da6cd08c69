/** The JSON Schema of the report, for programs that read it. */
import { z } from 'zod'
import { report } from './report.ts'

export function toReportSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(report), null, 2)}\n`
}
