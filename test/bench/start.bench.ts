/**
 * How long commands take from the shell's fork to their end, as someone who types them waits: from a checkout, from the package, and
 * strace beside them. They take turns, so that whatever else the machine does falls on all of them alike.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stage } from '../../scripts/stage.ts'
import { lacksBpf, lacksCommand, requireAll } from '../kit/skip.ts'
import { median, quantile } from './kit/stats.ts'
import { toTable } from './kit/table.ts'

requireAll(lacksBpf(), lacksCommand('strace'))

interface Command {
  readonly name: string
  readonly argv: readonly string[]
  /** Milliseconds that it should take. */
  readonly goal: string
}

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 15)
const TRACE = ['trace', '-o', 'strace', '--', 'true']
const VALIDATE = ['validate', '--config', 'otel-config/presets/agent.yaml']

function takeMs([program, ...args]: readonly string[]): number {
  const start = performance.now()
  const { status } = spawnSync(program!, args, { stdio: 'ignore' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ended with ${status}`)
  return performance.now() - start
}

function measure(commands: readonly Command[]): string[][] {
  const times = new Map<Command, number[]>(commands.map(command => [command, []]))
  for (const { argv } of commands) takeMs(argv) // fills caches
  for (let round = 0; round < ROUNDS; round++)
    for (const command of commands) times.get(command)!.push(takeMs(command.argv))
  return [...times].map(([{ name, goal }, ms]) => [
    name,
    median(ms).toFixed(0),
    `${quantile(ms, 0.25).toFixed(0)}..${quantile(ms, 0.75).toFixed(0)}`,
    goal,
  ])
}

execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] })
const folder = mkdtempSync(join(tmpdir(), 'swoll-start-'))
try {
  stage(folder)
  const installed = join(folder, 'bin/swoll')
  const rows = measure([
    { name: 'true', argv: ['true'], goal: '' },
    { name: 'strace true', argv: ['strace', '-o', '/dev/null', 'true'], goal: '' },
    { name: 'swoll trace -- true, checkout', argv: ['bin/swoll', ...TRACE], goal: '350' },
    { name: 'swoll trace -- true, package', argv: [installed, ...TRACE], goal: '250' },
    { name: 'swoll validate, checkout', argv: ['bin/swoll', ...VALIDATE], goal: '' },
    { name: 'swoll validate, package', argv: [installed, ...VALIDATE], goal: '' },
  ])
  process.stdout.write(
    `From start to end, milliseconds, ${ROUNDS} rounds.\n\n${toTable(['', 'median', 'quartiles', 'goal'], rows)}\n`,
  )
} finally {
  rmSync(folder, { recursive: true })
}
