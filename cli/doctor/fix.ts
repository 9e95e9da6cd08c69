/** `--fix`: runs the commands that are safe, and says each. */
import { spawnSync } from 'node:child_process'
import { type Judged, toShell } from './check.ts'
import type { Finding } from './report.ts'

/** The findings, with what became of the fix of each; `say` gets a line for each command before it runs. */
export function applyFixes(
  judged: readonly Judged[],
  how: 'no' | 'show' | 'run',
  say: (line: string) => void,
): Finding[] {
  return judged.map(({ finding, fix }) => {
    if (how === 'no' || fix === undefined) return finding
    if (how === 'show') {
      say(`would run: ${toShell(fix)}`)
      return { ...finding, fix: 'would_run' }
    }
    say(`running: ${toShell(fix)}`)
    const { status, error, stderr } = spawnSync(fix.command, [...fix.args], { encoding: 'utf8' })
    if (status === 0) return { ...finding, fix: 'done' }
    say(`failed: ${error?.message ?? stderr.trim()}`)
    return { ...finding, fix: 'failed' }
  })
}
