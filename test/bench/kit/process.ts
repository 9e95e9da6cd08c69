/** Helper programs of the benches: started, waited for by what they print, ended by signal or end of input. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const CLOCK_TICKS = 100
const SIGNAL_AGAIN_MS = 1000
const FOLDER = fileURLToPath(new URL('../bpf', import.meta.url))

/** Path of a file that test/bench/bpf/Makefile builds. */
export function builtPath(file: string): string {
  return `${FOLDER}/build/${file}`
}

export function build(): void {
  execFileSync('make', ['--silent', '-C', FOLDER], { stdio: 'inherit' })
}

export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024
}

/** Resident memory, of which pages that several processes share count by halves, thirds and so on. */
export function proportionalMiB(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]) / 1024
}

/** Processor time of all threads so far, by where it was spent. BPF programs run in, and are billed to, the callers. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS
}

export class Helper {
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>
  readonly #lines: string[] = []
  /** The process's standard error. */
  errors = ''
  #wake: () => void = () => {}
  #isClosed = false

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(command, args, { stdio: 'pipe', env: { ...process.env, ...env } })
    this.#closed = once(this.#child, 'close')
    this.#closed.then(
      () => this.#close(),
      () => this.#close(),
    )
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text
      this.#wake()
    })
    createInterface({ input: this.#child.stdout! }).on('line', line => {
      this.#lines.push(line)
      this.#wake()
    })
  }

  get pid(): number {
    return this.#child.pid!
  }

  /** The next line that contains `text`; those before it are dropped. */
  async line(text = ''): Promise<string> {
    for (;;) {
      for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift())
        if (line.includes(text)) return line
      if (this.#isClosed)
        throw new Error(
          `${this.#child.spawnargs.join(' ')}: ended without a line with "${text}"\n${this.errors}`,
        )
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  /** Resolves once it has said `text` on standard error. */
  async said(text: string): Promise<void> {
    while (!this.errors.includes(text)) {
      if (this.#isClosed) throw new Error(`ended without saying "${text}"\n${this.errors}`)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  write(text: string): void {
    this.#child.stdin!.write(text)
  }

  /**
   * Ends it by a signal, or by the end of its input; resolves with what it still had to say. The signal is sent until it has ended:
   * bpftrace misses one that comes just before it begins to wait.
   */
  async end(signal?: NodeJS.Signals): Promise<string[]> {
    this.#child.stdin!.end()
    if (signal === undefined) await this.#closed
    else {
      const send = () => void this.#child.kill(signal)
      send()
      const repeat = setInterval(send, SIGNAL_AGAIN_MS)
      await this.#closed.finally(() => clearInterval(repeat))
    }
    return this.#lines
  }

  #close(): void {
    this.#isClosed = true
    this.#wake()
  }
}
