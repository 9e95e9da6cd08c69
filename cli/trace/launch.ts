/** A command that is there, but does nothing before it is told to: so its first system call can be traced. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Duplex } from 'node:stream'
import { getSystemErrorMap } from 'node:util'
import { programFile } from '../../native/program-files.ts'
import { SwollError } from '../../pipeline/errors.ts'

const LAUNCHER = programFile('native/build/swoll-launch')
/** What its threads are called until they are the command's. */
export const LAUNCHER_COMM = 'swoll-launch'
const CONTROL = 3

/** How a process ended. */
export type Ending = { readonly code: number } | { readonly signal: NodeJS.Signals }

export interface Command {
  readonly pid: number
  /** Lets it begin. Rejects with COMMAND_FAILED when the program cannot be run. */
  begin(): Promise<void>
  readonly ended: Promise<Ending>
  kill(signal: NodeJS.Signals): void
}

/** Starts `argv`. The program is looked for as a shell does. Throws COMMAND_FAILED when there is none. */
export function launch(argv: readonly string[]): Command {
  const [name, ...args] = argv
  const path = findProgram(name!)
  if (!existsSync(LAUNCHER))
    throw new SwollError('COMMAND_FAILED', `${LAUNCHER}: must be there to start commands; run make -C native`)
  const child = spawn(LAUNCHER, [path, name!, ...args], { stdio: ['inherit', 'inherit', 'inherit', 'pipe'] })
  const control = child.stdio[CONTROL] as Duplex
  return {
    pid: child.pid!,
    begin: () => begin(name!, control),
    ended: ending(child),
    kill: signal => void child.kill(signal),
  }
}

/** The socket closes when the program has taken over; before, it brings the reason why it did not. */
async function begin(name: string, control: Duplex): Promise<void> {
  const answers: Buffer[] = []
  control.on('data', (answer: Buffer) => answers.push(answer))
  control.write('.')
  await once(control, 'end').catch(() => {})
  control.destroy()
  const answer = Buffer.concat(answers)
  if (answer.length < 4) return
  const [code, text] = getSystemErrorMap().get(-answer.readInt32LE()) ?? [`error ${answer.readInt32LE()}`, '']
  throw new SwollError('COMMAND_FAILED', `${name}: must be a program that can be run, got ${code} (${text})`)
}

async function ending(child: ChildProcess): Promise<Ending> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return signal === null ? { code: code ?? 0 } : { signal }
}

function findProgram(name: string): string {
  if (name.includes('/')) return name
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const path = resolve(folder || '.', name)
    if (isProgram(path)) return path
  }
  throw new SwollError('COMMAND_FAILED', `${name}: must be a program in $PATH, and is in none of its folders`)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** What somebody wants of a command by sending it to swoll. */
const FORWARDED = [
  'SIGTERM',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
  'SIGWINCH',
] as const
/** What a terminal sends to the command as well. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH'])

/** Passes signals on until the function it gives is called. */
export function forwardSignals(command: Pick<Command, 'kill'>): () => void {
  const listener = (signal: NodeJS.Signals) => {
    if (!(FROM_TERMINAL.has(signal) && isInForeground())) command.kill(signal)
  }
  for (const signal of FORWARDED) process.on(signal, listener)
  return () => {
    for (const signal of FORWARDED) process.off(signal, listener)
  }
}

/** Whether this process is of the group that its terminal sends signals to (proc_pid_stat(5): pgrp and tpgid). */
function isInForeground(): boolean {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return fields[2] === fields[5]
}
