/** Runs the real command line, as a user does. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

const LAUNCHER = join(import.meta.dirname, '../../bin/swoll')
const PATIENCE_MS = 30_000

export interface CliResult {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Another user and group. */
  readonly uid?: number
  /** A command that runs the rest of its arguments, put before swoll. */
  readonly wrapper?: readonly string[]
}

/** Runs swoll to its end. */
export function runCli(args: readonly string[], { env = {}, uid, wrapper = [] }: CliOptions = {}): CliResult {
  const [command, ...rest] = [...wrapper, LAUNCHER, ...args]
  const { status, stdout, stderr } = spawnSync(command!, rest, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  return { status, stdout, stderr }
}

/** A running swoll. Disposing of it kills the process. */
export class RunningCli {
  readonly #child: ChildProcess
  stdout = ''
  stderr = ''

  /** `wrapper`: a command that turns into the rest of its arguments. `program`: another one than swoll. */
  constructor(args: readonly string[], wrapper: readonly string[] = [], program = LAUNCHER) {
    const [command, ...rest] = [...wrapper, program, ...args]
    this.#child = spawn(command!, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** The match of `pattern` in its log, once there is one. Rejects when the process ends before, or takes too long. */
  logged(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#waitFor('stderr', pattern)
  }

  /** The same, in what it writes to standard output. */
  printed(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#waitFor('stdout', pattern)
  }

  async #waitFor(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpExecArray> {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    for (;;) {
      const match = pattern.exec(this[stream])
      if (match) return match
      const more = once(this.#child[stream] as Readable, 'data', { signal })
      const isOver = await Promise.race([
        more.then(() => false),
        once(this.#child, 'close').then(() => true),
      ]).catch(cause => {
        throw new Error(
          `swoll has had no ${pattern} in its ${stream} for too long:
${this.stderr}`,
          { cause },
        )
      })
      if (isOver && !pattern.test(this[stream]))
        throw new Error(`swoll ended without ${pattern} in its ${stream}:
${this.stderr}`)
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves to the exit code (null after a signal) when the output is complete. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode
    const [code] = (await once(this.#child, 'close', { signal: AbortSignal.timeout(PATIENCE_MS) })) as [
      number | null,
    ]
    return code
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }
}

/** A folder that goes when it is disposed of. */
export class Scratch {
  readonly path = mkdtempSync(join(tmpdir(), 'swoll-cli-'))

  /** Writes a file there; its path. */
  write(name: string, text: string): string {
    const path = join(this.path, name)
    writeFileSync(path, text)
    return path
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}
