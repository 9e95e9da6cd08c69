/** Forwards signals that somebody sends to swoll and means for the command. */
import { readFileSync } from 'node:fs'
import { onSignals } from '../signals.ts'
import type { Command } from './launch.ts'

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
/** Signals that a terminal sends to the command as well. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGWINCH'])

/** Passes signals on until the function it gives is called. */
export function forwardSignals(command: Pick<Command, 'kill'>): () => void {
  return onSignals(FORWARDED, signal => {
    if (!(FROM_TERMINAL.has(signal) && isInForeground())) command.kill(signal)
  })
}

/** Whether this process is of the group that its terminal sends signals to (proc_pid_stat(5): pgrp and tpgid). */
function isInForeground(): boolean {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return fields[2] === fields[5]
}
