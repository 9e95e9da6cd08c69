/** The form of a check: what it can say is data, so that help and documents are made of it; what it says comes from facts alone. */
import type { Facts } from './facts.ts'
import type { Finding, Severity } from './report.ts'

/** A finding as it is always the same. */
export interface Entry {
  readonly severity: Exclude<Severity, 'ok'>
  readonly title: string
  readonly consequence: string
  readonly remedy: string
}

/** A step that `--fix` may take: safe, of this host alone, and gone with the next boot. */
interface Fix {
  readonly command: string
  readonly args: readonly string[]
}

/** A finding as it is this time. */
export interface Said<Id extends string = string> {
  readonly id: Id
  readonly evidence: string
  /** In place of the entry's. */
  readonly remedy?: string
  readonly commands?: readonly string[]
  readonly setting?: string
  readonly fix?: Fix
}

export interface Check<Id extends string = string, F = Facts> {
  /** A word or two; also the id of the finding that all is well. */
  readonly name: string
  readonly asks: string
  readonly entries: Readonly<Record<Id, Entry>>
  /** Text: all is well, and the evidence for it. Undefined: there is nothing to look at. Never throws, whatever is missing in the facts. */
  judge(facts: F): string | readonly Said<Id>[] | undefined
}

/** Returns the check; its entries and what it says have the same ids. */
export function defineCheck<Id extends string, F = Facts>(check: Check<Id, F>): Check<string, F> {
  return check as unknown as Check<string, F>
}

/** A finding, and what `--fix` would run for it. */
export interface Judged {
  readonly finding: Finding
  readonly fix?: Fix | undefined
}

/** Returns what the check says of the facts. */
export function judge<F>(check: Check<string, F>, facts: F): Judged[] {
  const said = check.judge(facts)
  if (said === undefined) return []
  if (typeof said === 'string')
    return [{ finding: { id: check.name, severity: 'ok', title: capital(check.name), evidence: said } }]
  return said.map(({ id, evidence, fix, ...more }) => {
    const { severity, title, consequence, remedy } = check.entries[id]!
    const commands = fix ? [toShell(fix), ...(more.commands ?? [])] : more.commands
    const finding = {
      ...{ id, severity, title, evidence, consequence, remedy: more.remedy ?? remedy },
      ...(commands && { commands: [...commands] }),
      ...(more.setting !== undefined && { setting: more.setting }),
      ...(fix && { fix: 'possible' as const }),
    }
    return { finding, fix }
  })
}

/** The command as one types it. */
export function toShell({ command, args }: Fix): string {
  const quote = (word: string) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
  return [command, ...args].map(quote).join(' ')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
