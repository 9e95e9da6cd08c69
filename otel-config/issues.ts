import { SwollError } from '../pipeline/errors.ts'
import { printable, shorten } from '../pipeline/printable.ts'

/** Keys and list indexes from the root. */
export type Path = readonly (string | number)[]

/** A spot in a configuration source. */
export interface Place {
  /** The source as given to `--config`; `<yaml>` and `<env:NAME>` for those schemes. */
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
  /** The remedy. */
  readonly hint?: string
}

/** Collects the issues and warnings found while a configuration is read. */
export class Findings {
  readonly issues: Issue[] = []
  readonly warnings: Issue[] = []
  /** Rewords what would show too much of a value. */
  reword: (said: Said) => Said = said => said

  refuse(place: Place, path: Path, message: string, hint?: string): void {
    this.issues.push(this.#toIssue(place, { path, message, hint }))
  }

  warn(place: Place, path: Path, message: string, hint?: string): void {
    this.warnings.push(this.#toIssue(place, { path, message, hint }))
  }

  #toIssue({ file, line, column }: Place, said: Said): Issue {
    const { path, message, hint } = this.reword(said)
    return { file, line, column, path: path.join('::'), message, ...(hint && { hint }) }
  }
}

/** A message about one value. */
export interface Said {
  readonly path: Path
  readonly message: string
  readonly hint: string | undefined
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

/** More would not be read, and only scroll the first away. */
const MOST_LINES = 100
const MOST_CHARACTERS = 1000

/** One line each, as far as they can be read: `agent.yaml:3:5: exporters::prometheus::endpont: unknown key; did you mean "endpoint"?` */
export function formatIssues(issues: readonly Issue[]): string {
  const lines = issues.slice(0, MOST_LINES).map(formatIssue)
  const rest = issues.length - lines.length
  return [...lines, ...(rest > 0 ? [`… and ${rest} more`] : [])].join('\n')
}

function formatIssue({ file, line, column, path, message, hint }: Issue): string {
  const place = line > 0 ? `${shown(file)}:${line}:${column}` : shown(file)
  return `${place}: ${path ? `${shown(path)}: ` : ''}${shown(message)}${hint ? `; ${shown(hint)}` : ''}`
}

function shown(text: string): string {
  return printable(shorten(text, MOST_CHARACTERS))
}
