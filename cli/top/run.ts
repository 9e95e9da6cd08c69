/** Shows a source as it was asked for: on the screen, as one table, or as one after the other. */
import { systemClock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { pause } from '../../pipeline/pause.ts'
import { print } from '../standard-streams.ts'
import { say } from '../stderr.ts'
import { type AskedAgent, askAgents, podsOf } from './agents-source.ts'
import type { TopOptions } from './decode-options.ts'
import { Live } from './live.ts'
import { askOnce } from './once.ts'
import { selectByLabels } from './selected-source.ts'
import type { TopSource } from './source.ts'
import { createPaint } from './style.ts'

const REMEDY = 'give --once for a table, -o json for a program, or --no-ui for one table after the other'

/** Throws USAGE_INVALID where no screen can be drawn, or no keys can be read. */
export function refuseWithoutTerminal(
  stdin: { readonly isTTY?: boolean },
  stdout: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): void {
  const lack = !stdout.isTTY
    ? 'standard output: must be a terminal, got a file or a pipe'
    : !stdin.isTTY
      ? 'standard input: must be a terminal, got a file or a pipe'
      : env.TERM === 'dumb' || env.TERM === ''
        ? `TERM: must be a terminal whose cursor can be moved, got "${env.TERM}"`
        : undefined
  if (lack !== undefined) throw new SwollError('USAGE_INVALID', `${lack}; ${REMEDY}`)
}

/** The same for agents, `missing` being those that cannot be asked. */
export function topOfAgents(
  { agents, missing }: { readonly agents: readonly AskedAgent[]; readonly missing: readonly string[] },
  options: TopOptions,
  abort: AbortSignal,
): Promise<number> {
  const source = askAgents(agents, missing)
  const { requirements } = options
  const pods = podsOf(agents, () => systemClock.monotonicMs())
  return runTop(requirements.length > 0 ? selectByLabels(source, requirements, pods) : source, options, abort)
}

/** The exit code: 1 where numbers are missing from what was printed. */
export async function runTop(source: TopSource, options: TopOptions, abort: AbortSignal): Promise<number> {
  if (options.mode === 'screen') return showLive(source, options, abort)
  for (;;) {
    const { text, left } = await askOnce(source, options, options.mode === 'once' ? NEVER : abort)
    const isRead = print(text)
    const problems = source.problems()
    for (const problem of problems) say(problem)
    if (left > 0 && options.format === 'table') say(`${left} rows more; a larger --limit shows them`)
    if (options.mode === 'once') return problems.length === 0 ? 0 : 1
    if (!isRead || abort.aborted) return 0
    await pause(systemClock, options.delayMs, abort)
    if (abort.aborted) return 0
  }
}

/** Whoever interrupts a table that is being counted gets what was counted so far. */
const NEVER = new AbortController().signal

async function showLive(source: TopSource, options: TopOptions, abort: AbortSignal): Promise<number> {
  const { state, delayMs, hasHosts } = options
  const paint = createPaint(process.env.NO_COLOR === undefined || process.env.NO_COLOR === '')
  const live = new Live({ source, state, refreshMs: delayMs, hasHosts, paint, clock: systemClock })
  // The library below looks at these: it draws at a third of the cost, and connects to no debugger.
  process.env.NODE_ENV = 'production'
  delete process.env.DEV
  const { showScreen } = await import('./screen.ts')
  await showScreen(live, abort)
  return 0
}
