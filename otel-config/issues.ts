import { SwollError } from '../pipeline/errors.ts'

/** Keys and list indexes from the root. */
export type Path = readonly (string | number)[]

/** `a::b::0`. */
export function formatPath(path: Path): string {
  return path.join('::')
}

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

/** What is found while a configuration is read. */
export class Findings {
  readonly issues: Issue[] = []
  readonly warnings: Issue[] = []

  refuse(place: Place, path: Path, message: string, hint?: string): void {
    this.issues.push(toIssue(place, path, message, hint))
  }

  warn(place: Place, path: Path, message: string, hint?: string): void {
    this.warnings.push(toIssue(place, path, message, hint))
  }
}

/** An issue; `hint` may be absent. */
export function toIssue({ file, line, column }: Place, path: Path, message: string, hint?: string): Issue {
  return { file, line, column, path: formatPath(path), message, ...(hint && { hint }) }
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
