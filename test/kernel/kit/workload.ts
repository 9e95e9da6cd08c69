/** Runs the C programs of test/kernel/workloads in cgroups of their own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Cgroup } from './cgroup.ts'

const FOLDER = fileURLToPath(new URL('../workloads', import.meta.url))

/** So many calls of one kind. Null is the usual: native ABI, no error, a call that returned. */
export interface Calls {
  readonly syscall: string
  readonly abi: string | null
  readonly error: string | null
  readonly outcome: string | null
  readonly calls: number
}

/** A workload's own account of what it did. */
export interface Report {
  readonly pid: number
  /** All rows of the syscalls named in it, and of no other one. `calls: 0` marks a syscall that must not appear. */
  readonly expected: readonly Calls[]
  /** True: the workload makes no other call at all. */
  readonly complete?: boolean
}

/** Path of a built workload. Builds them all on first use. */
export function workloadPath(program: string): string {
  build()
  return `${FOLDER}/build/${program}`
}

let isBuilt = false
function build(): void {
  if (isBuilt) return
  // Test files run in processes of their own: one of them builds, the others wait.
  execFileSync('flock', [FOLDER, 'make', '--silent', '-j2', '-C', FOLDER], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  isBuilt = true
}

/** The command line that runs a workload in a cgroup. */
export function commandIn(cgroup: Cgroup, program: string, args: readonly string[]): string[] {
  return [workloadPath('enter-cgroup'), cgroup.path, workloadPath(program), ...args]
}

/** A running workload. Disposal kills nothing: its cgroup does that. */
export class Workload<R = Report> {
  readonly #child: ChildProcess
  readonly #firstLine: Promise<unknown>
  readonly #closed: Promise<unknown>
  #last = ''

  constructor([command = '', ...args]: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: this.#child.stdout! })
    lines.on('line', line => {
      this.#last = line
    })
    this.#firstLine = once(lines, 'line')
    this.#closed = once(this.#child, 'close')
  }

  static start<R = Report>(cgroup: Cgroup, program: string, ...args: readonly string[]): Workload<R> {
    return new Workload<R>(commandIn(cgroup, program, args))
  }

  /** Resolves with what the workload says when it is in place and waits. */
  async ready(): Promise<string> {
    await Promise.race([this.#firstLine, this.#closed])
    if (this.#last === '') throw new Error('the workload ended before it was ready')
    return this.#last
  }

  /** Lets a waiting workload go on, and resolves with its report when it has ended. */
  async end(): Promise<R> {
    this.#child.stdin!.end()
    await this.#closed
    const { exitCode } = this.#child
    if (exitCode !== 0) throw new Error(`${this.#child.spawnargs.join(' ')}: exit code ${exitCode}`)
    return JSON.parse(this.#last) as R
  }
}

/** Runs a workload to its end. */
export function runWorkload<R = Report>(
  cgroup: Cgroup,
  program: string,
  ...args: readonly string[]
): Promise<R> {
  return Workload.start<R>(cgroup, program, ...args).end()
}
