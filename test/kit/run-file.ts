/** Runs one test file in a process group of its own. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { FileRun } from './judge.ts'

const running = new Set<number>()

/** The locale of all tests: they read other programs' messages, whatever the user's language, even with a missing locale. */
const LOCALE = { LC_ALL: 'C.UTF-8' }

/** The run of one file: its output in order of arrival. Past `limitMs` the whole process group is killed. */
export async function runFile(path: string, limitMs: number): Promise<FileRun> {
  const child = spawn(process.execPath, [path], {
    detached: true,
    env: { ...process.env, ...LOCALE },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const group = child.pid
  if (group !== undefined) running.add(group)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
    })
  }
  let hasTimedOut = false
  const timer = setTimeout(() => {
    hasTimedOut = true
    killGroup(group)
  }, limitMs)
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => killGroup(group)) // what the test left behind would hold the pipes open
    child.once('close', resolve)
  })
  clearTimeout(timer)
  if (group !== undefined) running.delete(group)
  return { source: readFileSync(path, 'utf8'), output, exitCode, hasTimedOut }
}

/** Ends every file still running, for use when the runner itself is told to stop. */
export function killAll(): void {
  for (const group of running) killGroup(group)
}

function killGroup(group: number | undefined): void {
  if (group === undefined) return
  try {
    process.kill(-group, 'SIGKILL')
  } catch {
    // The group is already gone.
  }
}
