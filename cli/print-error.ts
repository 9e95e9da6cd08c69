import { ConfigError, formatIssues } from '../otel-config/issues.ts'
import { SwollError } from '../pipeline/errors.ts'
import { printable } from '../pipeline/printable.ts'
import { flushStderr, stderr } from './stderr.ts'

/**
 * Says on standard error what went wrong: a line for each thing that a user can put right, a stack for a fault of swoll.
 * Resolves when it is written, or nobody reads it.
 */
export async function printError(error: unknown): Promise<void> {
  for (const line of describeError(error)) stderr().write(`swoll: ${line}\n`)
  await flushStderr()
}

/** The lines `printError` prints, without `swoll: `. */
export function describeError(error: unknown): string[] {
  return textOf(error).split('\n').map(printable)
}

function textOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(textOf).join('\n')
  if (error instanceof ConfigError)
    return [error.message, ...error.warnings.map(warning => `warning: ${formatIssues([warning])}`)].join('\n')
  if (error instanceof SwollError || isSystemError(error)) return error.message
  return `internal error, please report: ${error instanceof Error ? error.stack : String(error)}`
}

/** Returns whether the operating system made the error, such as ENOENT. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}
