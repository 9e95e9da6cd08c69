import { ConfigError, formatIssues } from '../otel-config/issues.ts'
import { SwollError } from '../pipeline/errors.ts'

/** Says on standard error what went wrong: a line for each thing that a user can put right, a stack for a fault of swoll. */
export function printError(error: unknown): void {
  for (const line of describeError(error)) process.stderr.write(`swoll: ${line}\n`)
}

/** The lines `printError` prints, without `swoll: `. */
export function describeError(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(describeError)
  if (error instanceof ConfigError) {
    const warnings = error.warnings.map(warning => `warning: ${formatIssues([warning])}`)
    return [...error.message.split('\n'), ...warnings]
  }
  if (error instanceof SwollError || isSystemError(error)) return error.message.split('\n')
  return [`internal error, please report: ${error instanceof Error ? error.stack : String(error)}`]
}

/** What the operating system refused, such as ENOENT. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}
