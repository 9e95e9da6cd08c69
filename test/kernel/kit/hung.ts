/** Processes that hang (workloads/hung.c), and what strace says of them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Cgroup } from './cgroup.ts'
import { commandIn, Workload } from './workload.ts'

/** As hung.c calls them. */
export type Kind =
  | ('futex' | 'recv' | 'read' | 'flock' | 'vfork' | 'poll' | 'nanosleep' | 'wait4' | 'open32')
  | ('killed' | 'fuse')

const PATIENCE_MS = 10_000
const LOOK_MS = 20
/** What an uninterruptible process is given to stop in, though it will not. */
const IN_VAIN_MS = 500
const STRACE = ['strace', '-yy', '-v', '-e', 'signal=none']

/** They end with their cgroup. */
export class Hung {
  /** Without `fuse`, where no file system can be mounted. */
  readonly pids: Readonly<Partial<Record<Kind, number>>>
  readonly #log: string

  private constructor(pids: Hung['pids'], log: string) {
    this.pids = pids
    this.#log = log
  }

  /** Resolves when all of them hang. `folder`: an empty one. */
  static start(cgroup: Cgroup, folder: string): Promise<Hung> {
    return Hung.#run(commandIn(cgroup, 'hung', [folder]), '')
  }

  /** The same, with strace beside them from the start, which writes to `log`. */
  static startTraced(cgroup: Cgroup, folder: string, log: string): Promise<Hung> {
    return Hung.#run([...STRACE, '-f', '-o', log, ...commandIn(cgroup, 'hung', [folder])], log)
  }

  static async #run(command: readonly string[], log: string): Promise<Hung> {
    return new Hung(JSON.parse(await new Workload(command).ready()) as Hung['pids'], log)
  }

  /** Those that were not killed. */
  get living(): readonly (readonly [Kind, number])[] {
    const all = Object.entries(this.pids) as [Kind, number][]
    return all.filter(([kind]) => kind !== 'killed')
  }

  /** The call that a process has not ended, as far as strace has written it. */
  lineOf(kind: Kind): string {
    const lines = readFileSync(this.#log, 'utf8').split('\n')
    const last = lines.findLast(line => line.startsWith(`${this.pids[kind]} `)) ?? ''
    return last.replace(/^\d+ +/, '').replace(/ *<unfinished \.\.\.>$/, '')
  }
}

/**
 * The call that a process hangs in, as strace shows it that comes now: whole, as a signal that the process ignores makes strace say how it
 * ended for the time being. '': strace sees none, since the process does not stop.
 */
export async function straceAttached(pid: number, log: string, isInVain = false): Promise<string> {
  const [command = '', ...args] = [...STRACE, '-o', log, '-p', String(pid)]
  const strace = spawn(command, args, { stdio: 'ignore' })
  const ended = once(strace, 'exit')
  try {
    return await (isInVain ? delay(IN_VAIN_MS, readLog(log)) : readCall(pid, log))
  } finally {
    strace.kill('SIGKILL')
    await ended
  }
}

async function readCall(pid: number, log: string): Promise<string> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await delay(LOOK_MS)) {
    const call = /^(\w+\(.*\)) += \?/m.exec(readLog(log))?.[1]
    if (call !== undefined) return call
    if (/^\w+\(/m.test(readLog(log))) process.kill(pid, 'SIGURG')
  }
  throw new Error(`strace has not shown a call of process ${pid}: ${readLog(log)}`)
}

const readLog = (log: string): string => (existsSync(log) ? readFileSync(log, 'utf8') : '')
