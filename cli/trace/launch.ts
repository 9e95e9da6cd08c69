/**
 * The command, whose process was there before this one: swoll-launch made it from what the caller gave, and it waits, so that its first system call
 * can be traced (native/launch/).
 */
import { Socket } from 'node:net'
import { getSystemErrorMap } from 'node:util'
import { reap } from '../../native/process.ts'
import { type Clock, systemClock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { printable } from '../../trace/formats/printable.ts'
import { type Ending, toEnding } from './ending.ts'

/** The name of the launcher's threads until they become the command's. */
export const LAUNCHER_COMM = 'swoll-launch'
/** Where the process is, and the descriptor of its control: two numbers. */
const TOLD = 'SWOLL_COMMAND'
/** Signals are merged, and may be lost between two processes' ends. */
const LOOK_MS = 500
const ENOENT = 2

export interface Command {
  readonly pid: number
  /** The program runs, or has run. */
  readonly hasBegun: boolean
  readonly hasEnded: boolean
  /** Lets it begin. Rejects with COMMAND_FAILED when the program cannot be run. */
  begin(): Promise<void>
  readonly ended: Promise<Ending>
  /** Nothing once it has ended. */
  kill(signal: NodeJS.Signals): void
}

/** The process that waits to become `argv`. Rejects with COMMAND_FAILED when there is none, or no such program. */
export async function takeCommand(
  argv: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Command> {
  const [pid, fd] = (env[TOLD] ?? '').split(' ').map(Number)
  delete env[TOLD]
  if (!pid || !fd)
    throw new SwollError(
      'COMMAND_FAILED',
      'swoll-launch: must have started swoll where a command is to be traced; run make -C native, and swoll by bin/swoll',
    )
  const control = new Control(fd)
  const name = printable(argv[0]!)
  const fault = await control.next()
  if (fault === ENOENT)
    throw new SwollError(
      'COMMAND_FAILED',
      name.includes('/')
        ? cannotRun(name, ENOENT)
        : `${name}: must be a program in $PATH, and is in none of its folders`,
    )
  return new WaitingCommand(pid, name, control)
}

class WaitingCommand implements Command {
  readonly pid: number
  readonly ended: Promise<Ending>
  readonly #name: string
  readonly #control: Control
  hasBegun = false
  hasEnded = false

  constructor(pid: number, name: string, control: Control) {
    this.pid = pid
    this.#name = name
    this.#control = control
    this.ended = whenEnded(pid, systemClock)
    void this.ended.then(() => {
      this.hasEnded = true
    })
  }

  async begin(): Promise<void> {
    const error = await this.#control.begin()
    if (error !== undefined) throw new SwollError('COMMAND_FAILED', cannotRun(this.#name, error))
    this.hasBegun = true
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.hasEnded) process.kill(this.pid, signal)
  }
}

function cannotRun(name: string, error: number): string {
  const [code, text] = getSystemErrorMap().get(-error) ?? [`error ${error}`, '']
  return `${name}: must be a program that can be run, got ${code} (${text})`
}

/** The waiting process's end says whether it found its program; it closes when the program has taken over, after an error number if not. */
class Control {
  readonly #socket: Socket
  #answers = Buffer.alloc(0)
  readonly #closed: Promise<void>
  #wake: () => void = () => {}

  constructor(fd: number) {
    this.#socket = new Socket({ fd, readable: true, writable: true })
    this.#socket.on('data', (answer: Buffer) => {
      this.#answers = Buffer.concat([this.#answers, answer])
      this.#wake()
    })
    this.#socket.on('error', () => {})
    this.#closed = new Promise(resolve => this.#socket.once('close', () => resolve()))
    this.#socket.once('end', () => this.#socket.destroy())
  }

  /** The next number; undefined: it has gone. */
  async next(): Promise<number | undefined> {
    while (this.#answers.length < 4 && !this.#socket.destroyed)
      await Promise.race([this.#closed, new Promise<void>(resolve => (this.#wake = resolve))])
    if (this.#answers.length < 4) return undefined
    const number = this.#answers.readInt32LE()
    this.#answers = this.#answers.subarray(4)
    return number
  }

  begin(): Promise<number | undefined> {
    this.#socket.write('.')
    return this.next()
  }
}

/** Resolves when the child has ended, and keeps this process alive until then. */
function whenEnded(pid: number, clock: Pick<Clock, 'every'>): Promise<Ending> {
  return new Promise(resolve => {
    const look = () => {
      const status = reap(pid)
      if (status === undefined) return
      process.off('SIGCHLD', look)
      cancel()
      resolve(toEnding(status))
    }
    const cancel = clock.every(LOOK_MS, look)
    process.on('SIGCHLD', look)
    look()
  })
}
