/** A program that runs until it is told to stop, with a log that says why it did not. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

interface DaemonOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Appended to, so that it also tells of the runs before. */
  readonly logFile: string
  /** Resolves with true once the program can be used; a rejection means not yet. */
  isReady(): Promise<boolean>
  /** A minute if absent. */
  readonly limitMs?: number
}

export class Daemon {
  readonly #options: DaemonOptions
  readonly #child: ChildProcess
  readonly #ended: Promise<void>

  private constructor(options: DaemonOptions) {
    this.#options = options
    const log = openSync(options.logFile, 'a')
    // The kernel ends it when this process ends without having stopped it.
    const args = ['--pdeathsig', 'KILL', '--', options.command, ...options.args]
    this.#child = spawn('setpriv', args, { stdio: ['ignore', log, log] })
    closeSync(log)
    this.#ended = new Promise(resolve => {
      this.#child.once('exit', () => resolve())
      this.#child.once('error', () => resolve())
    })
  }

  /** Resolves when it is ready. Rejects, with the end of its log, when it ends before or takes too long. */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options)
    try {
      await daemon.#waitUntilReady()
    } catch (error) {
      await daemon.stop('SIGKILL')
      throw error
    }
    return daemon
  }

  get pid(): number {
    return this.#child.pid!
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Returns when the process is gone; one that ignores the signal for ten seconds is killed. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (!this.isRunning) return
    this.#child.kill(signal)
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000)
    await this.#ended
    clearTimeout(timer)
  }

  async #waitUntilReady(): Promise<void> {
    const { name, isReady, limitMs = 60_000, logFile } = this.#options
    const untilMs = performance.now() + limitMs
    while (!(await isReady().catch(() => false))) {
      if (!this.isRunning) throw new Error(`${name} ended early; its log ends:\n${tail(logFile)}`)
      if (performance.now() > untilMs)
        throw new Error(`${name} was not ready after ${limitMs} ms; its log ends:\n${tail(logFile)}`)
      await delay(50)
    }
  }
}

/** The last lines of a log. */
function tail(path: string, lines = 25): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
}

/** The last lines of every log in a folder, each under its name. */
export function tails(folder: string): string {
  const names = readdirSync(folder).filter(name => name.endsWith('.log'))
  return names.map(name => `--- ${name}\n${tail(join(folder, name))}\n`).join('')
}
