import { SwollError } from '../pipeline/errors.ts'

/** A spot in a configuration source. */
export interface Place {
  /** As given to `--config`; `<yaml>` and `<env:NAME>` for those schemes. */
  readonly file: string
  /** From 1; 0 for a source as a whole. */
  readonly line: number
  /** From 1; 0 for a source as a whole. */
  readonly column: number
}

/** One problem of a configuration, or one warning about it. */
export interface Issue extends Place {
  /** `exporters::prometheus::endpoint`; empty for the whole. */
  readonly path: string
  /** The rule that is broken. Never holds a secret. */
  readonly message: string
  /** What to do. */
  readonly hint?: string
}

/** A configuration that cannot be used. `issues` lists every problem found, in the order of the sources. */
export class ConfigError extends SwollError {
  readonly issues: readonly Issue[]
  readonly warnings: readonly Issue[]
  constructor(issues: readonly Issue[], warnings: readonly Issue[]) {
    super('CONFIG_INVALID', formatIssues(issues))
    this.name = 'ConfigError'
    this.issues = issues
    this.warnings = warnings
  }
}

/** One line each: `agent.yaml:3:5: exporters::prometheus::endpont: unknown key; did you mean "endpoint"?` */
export function formatIssues(issues: readonly Issue[]): string {
  return issues.map(formatIssue).join('\n')
}

function formatIssue({ file, line, column, path, message, hint }: Issue): string {
  const place = line > 0 ? `${file}:${line}:${column}` : file
  return `${place}: ${path ? `${path}: ` : ''}${message}${hint ? `; ${hint}` : ''}`
}
