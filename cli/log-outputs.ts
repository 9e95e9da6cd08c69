/** The places that the agent's log goes to: `service::telemetry::logs::output_paths`. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startDeadline } from '../pipeline/deadline.ts'
import { SwollError } from '../pipeline/errors.ts'
import { printableLines } from '../pipeline/printable.ts'
import { openUnblocked, UnblockedOutput } from '../pipeline/unblocked-output.ts'
import type { LogOptions, LogSink } from './logger.ts'
import { stderr } from './stderr.ts'

interface LogOutputs extends LogSink {
  /** Resolves when all is written, or readers have had their time; then closes what was opened. */
  close(): Promise<void>
}

/** Time that a reader has for the remaining lines when the process ends. */
const LAST_LINES_MS = 1000
const STDOUT = 1
/** Those who may read the log are those of its group. */
const MODE = 0o640

interface Opened {
  readonly output: UnblockedOutput
  readonly close: () => void
}

/** Opens them. Throws OUTPUT_FAILED, naming the key, for a file that cannot be written. */
export function openLogOutputs({ outputs, errorOutputs }: LogOptions): LogOutputs {
  const told = openAll('error_output_paths', errorOutputs, () => {})
  const tell = (text: string) => {
    for (const { output } of told) output.write(printableLines(`swoll: ${text}\n`))
  }
  const opened = openAll('output_paths', outputs, tell)
  const all = [...opened, ...told]
  const sink: LogOutputs = {
    write(line) {
      for (const { output } of opened) output.write(line)
    },
    async close() {
      using deadline = startDeadline(LAST_LINES_MS)
      await Promise.all(all.map(({ output }) => output.drained(deadline.signal)))
      for (const { close } of all) close()
    },
  }
  for (const { output } of opened) output.onRecovered = dropped => sink.onRecovered?.(dropped)
  return sink
}

function openAll(
  key: string,
  paths: readonly string[] = ['stderr'],
  tell: (text: string) => void,
): readonly Opened[] {
  return [...new Set(paths)].map((path, i) => {
    if (path === 'stderr') return { output: stderr(), close() {} }
    if (path === 'stdout') return withFd(openUnblocked(STDOUT), 'standard output', tell)
    const fd = openFile(path, `service::telemetry::logs::${key}::${i}`)
    return withFd({ write: bytes => writeSync(fd, bytes), close: () => closeSync(fd) }, path, tell)
  })
}

function openFile(path: string, place: string): number {
  try {
    return openSync(path.startsWith('file:') ? fileURLToPath(path) : path, 'a', MODE)
  } catch (cause) {
    const { code = 'not a path' } = cause as NodeJS.ErrnoException
    const remedy = 'create its folder, or write stderr'
    const message = `${place}: must be a file that can be written, got ${JSON.stringify(path)} (${code}); ${remedy}`
    throw new SwollError('OUTPUT_FAILED', message, { cause })
  }
}

/** Says once why lines cannot be written, and again after some have been. */
function withFd(
  { write, close }: { readonly write: (bytes: Uint8Array) => number; readonly close: () => void },
  name: string,
  tell: (text: string) => void,
): Opened {
  let isFailing = false
  const output = new UnblockedOutput({
    write(bytes) {
      try {
        const written = write(bytes)
        isFailing = false
        return written
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code !== 'EAGAIN' && !isFailing) tell(`the log cannot be written to ${name} (${code})`)
        isFailing ||= code !== 'EAGAIN'
        throw error
      }
    },
  })
  return { output, close }
}
