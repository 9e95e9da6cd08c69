/** Where a trace goes: what is printed, and the recording. */
import { closeSync, constants } from 'node:fs'
import { systemClock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { openPrivate } from '../../pipeline/private-file.ts'
import { isSystemError } from '../print-error.ts'
import type { TraceOptions } from './decode-options.ts'
import { checkDistinct, type Use } from './distinct-files.ts'
import { openFileOutput, openStandardOutput } from './open-output.ts'
import { TextOutput } from './output.ts'

const { O_CREAT, O_TRUNC, O_WRONLY } = constants

export interface Sinks extends Disposable {
  /** Undefined: nothing is printed. */
  readonly output: TextOutput | undefined
  /** Descriptor of the recording. */
  readonly recording: number | undefined
}

/**
 * Opens both. A pipe is waited for until somebody reads it; when `abort` comes first, nothing is printed. Throws USAGE_INVALID if one would
 * destroy the other, FILE_UNSAFE, and the system's errors.
 */
export async function openSinks(
  options: Pick<TraceOptions, 'command' | 'file' | 'output' | 'record'>,
  abort: AbortSignal,
): Promise<Sinks> {
  checkDistinct(usesOf(options))
  const { command, file, output: format, record } = options
  const recording = record === undefined ? undefined : openRecording(record)
  const close = () => recording !== undefined && closeSync(recording)
  try {
    const output = format && (await openTextOutput(file, command.length > 0, abort))
    // Now that they are there, two names of what was not there before are seen, too.
    checkDistinct(usesOf(options))
    return { output, recording, [Symbol.dispose]: close }
  } catch (error) {
    close()
    throw error
  }
}

function openRecording(path: string): number {
  try {
    return openPrivate(path, O_WRONLY | O_CREAT | O_TRUNC)
  } catch (error) {
    throw cannotOpen('--record', path, error)
  }
}

/** The file, or standard output, where a command's own is standard error. Undefined: `abort` came before a reader of the pipe. */
export async function openTextOutput(
  file: string | undefined,
  hasCommand: boolean,
  abort: AbortSignal,
): Promise<TextOutput | undefined> {
  const stream =
    file === undefined
      ? openStandardOutput(hasCommand ? 2 : 1, hasCommand)
      : await openFileOutput(file, systemClock, abort).catch(error => {
          throw cannotOpen('--file', file, error)
        })
  return stream && new TextOutput(stream)
}

/** In the words of the house, if it is the system's. */
function cannotOpen(option: string, path: string, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause
  const [what] = cause.message.split(', ')
  const remedy = cause.code === 'ENOENT' ? 'create its folder' : 'choose one that you may write'
  return new SwollError(
    'OUTPUT_FAILED',
    `${option}: must be a file that can be written, got "${path}" (${what}); ${remedy}`,
    { cause },
  )
}

/** Explains why a file, or standard output, could not be written to its end. */
export function cannotWrite(path: string | undefined, cause: NodeJS.ErrnoException): SwollError {
  const [what] = cause.message.split(', ')
  return new SwollError(
    'OUTPUT_FAILED',
    `${path ?? 'output'}: must take all that is traced, got ${what}; what came before is whole`,
    { cause },
  )
}

function usesOf({ file, record }: Pick<TraceOptions, 'file' | 'record'>): Use[] {
  return [
    ['standard output', 1],
    ['standard error', 2],
    ['--file', file],
    ['--record', record],
  ]
}
