/** The report as people read it. */
import { printable, printableLines } from '../../pipeline/printable.ts'
import { countFindings, type Finding, type Report, SEVERITIES, type Severity } from './report.ts'

const COLORS: Readonly<Record<Severity, number>> = { ok: 32, note: 36, warning: 33, problem: 31 }
const FIXES: Readonly<Record<NonNullable<Finding['fix']>, string>> = {
  possible: 'swoll doctor --fix does this',
  done: 'done',
  failed: 'this has failed',
  would_run: 'this would be run',
}
const INDENT = ' '.repeat(10)

/** Nothing in it moves the cursor of a terminal, whatever names are in the findings. */
export function toText(report: Report, isColored: boolean): string {
  const paint = (severity: Severity, text: string) =>
    isColored ? `\u001b[${COLORS[severity]}m${text}\u001b[0m` : text
  const said = report.findings.filter(({ severity }) => severity !== 'ok')
  const fine = report.findings.filter(({ severity }) => severity === 'ok')
  const width = Math.max(0, ...fine.map(({ title }) => title.length))
  const lines = fine.map(
    ({ title, evidence }) => `${paint('ok', 'ok'.padEnd(8))}  ${title.padEnd(width)}  ${printable(evidence)}`,
  )
  const head = `swoll ${report.version} on ${printable(report.host)}, Linux ${report.kernel}, ${report.architecture}`
  const blocks = said.map(finding => toBlock(finding, paint))
  const parts = [head, ...blocks, lines.join('\n'), summarize(report, paint)]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

function toBlock(finding: Finding, paint: (severity: Severity, text: string) => string): string {
  const { severity, title, evidence, consequence, remedy, commands = [], setting, fix } = finding
  const label = severity === 'problem' ? severity.toUpperCase() : severity
  return [
    `${paint(severity, label.padEnd(8))}  ${title}`,
    `${INDENT}found: ${printable(evidence)}`,
    `${INDENT}so:    ${consequence}`,
    `${INDENT}mend:  ${remedy}`,
    ...commands.map(command => `${INDENT}       $ ${printable(command)}`),
    ...(setting === undefined ? [] : indent(printableLines(setting))),
    ...(fix === undefined ? [] : [`${INDENT}       (${FIXES[fix]})`]),
  ].join('\n')
}

const indent = (text: string) => text.split('\n').map(line => `${INDENT}       | ${line}`)

function summarize({ findings }: Report, paint: (severity: Severity, text: string) => string): string {
  const counts = countFindings(findings)
  return SEVERITIES.toReversed()
    .filter(severity => counts[severity] > 0)
    .map(severity => {
      const plural = counts[severity] === 1 || severity === 'ok' ? '' : 's'
      return paint(severity, `${counts[severity]} ${severity}${plural}`)
    })
    .join(', ')
}
