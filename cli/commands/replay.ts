/** `swoll replay`: shows a recording as if it happened now. */
import { once } from 'node:events'
import { systemClock } from '../../pipeline/clock.ts'
import { SwollError } from '../../pipeline/errors.ts'
import { pause } from '../../pipeline/pause.ts'
import type { EventBatch } from '../../trace/events/events.ts'
import { createCallTest } from '../../trace/filters/call-test.ts'
import { createRedactor } from '../../trace/filters/redact.ts'
import { Selection } from '../../trace/filters/selection.ts'
import { createThreadTest } from '../../trace/filters/thread-test.ts'
import { createFormat } from '../../trace/formats/create-format.ts'
import type { Format } from '../../trace/formats/format.ts'
import { createNames } from '../../trace/formats/names.ts'
import { Printer } from '../../trace/formats/printer.ts'
import { findRecordedName } from '../../trace/formats/resource-names.ts'
import { originOf } from '../../trace/recording/contents.ts'
import { openRecording, type Recording } from '../../trace/recording/reader.ts'
import { isSystemError } from '../print-error.ts'
import { say } from '../stderr.ts'
import type { ReplayOptions } from '../trace/decode-options.ts'
import { checkDistinct } from '../trace/distinct-files.ts'
import type { Ending } from '../trace/ending.ts'
import { hasColours } from '../trace/open-output.ts'
import type { TextOutput } from '../trace/output.ts'
import { describeDamaged, describeTotals, type Undelivered } from '../trace/report.ts'
import { cannotWrite, openTextOutput } from '../trace/sinks.ts'
import { Wishes } from '../trace/wishes.ts'

const POLL_MS = 10

/**
 * Prints a recording to its end, as far as it is whole, and says how swoll is to end. Rejects when it is not whole, after what could be read, and when
 * the output took not all. The first signal to stop ends the reading, the second the wait for the reader, a third calls `exitNow`.
 */
export async function replay(path: string, options: ReplayOptions, exitNow: () => void): Promise<Ending> {
  const { file, request, redact, count } = options
  const isThreadWanted = request.targets && createThreadTest(request.targets)
  const wishes = new Wishes(exitNow)
  checkDistinct([
    ['standard output', 1],
    ['the recording', path],
    ['--file', file],
  ])
  const recording = await openRecording(path)
  const output = await openTextOutput(file, false, wishes.stop)
  if (output === undefined) return { signal: Number(wishes.stop.reason) }
  const abis = recording.header.abis.map(abi => abi ?? undefined)
  const printer = new Printer({
    abis,
    format: openFormat(options, recording, output),
    redact: redact.length > 0 ? createRedactor(redact) : undefined,
  })
  const isWanted = createCallTest(request.calls, request.filter)
  const selection = new Selection(abis, { isWanted, isThreadWanted, calls: count })
  output.countCalls = () => printer.calls
  const reading = { batches: recording.batches, selection, printer, output, stop: wishes.stop, path }
  const outcome = await printBatches(reading).catch((failure: unknown) => ({ failure }))
  printer.finish()
  wishes.end()
  await output.end(wishes.giveUp)
  const failure = 'failure' in outcome ? outcome.failure : undefined
  for (const call of recording.unreadable)
    say(`${path}: ${call}: this version reads its memory otherwise; only its registers were shown`)
  if (failure === undefined) say(describeTotals(printer.calls, printer.lost, findUnread(output)))
  else say(describeDamaged(printer.calls, printer.lost))
  if (failure !== undefined) throw failure
  if (output.error !== undefined && output.error.code !== 'EPIPE') throw cannotWrite(file, output.error)
  return 'isStuck' in outcome && outcome.isStuck ? { signal: Number(wishes.stop.reason) } : { code: 0 }
}

function openFormat(options: ReplayOptions, { header }: Recording, output: TextOutput): Format {
  return createFormat(options.output, {
    write: output.write,
    writeBytes: output.writeBytes,
    names: createNames(findRecordedName),
    abis: header.abis.map(abi => abi ?? undefined),
    clock: systemClock,
    origin: () => originOf(header),
    hasColours: hasColours(1, options.file, process.env),
    display: options.display,
    hasManyProcesses: false,
  })
}

function findUnread(output: TextOutput): Undelivered | undefined {
  if (output.error?.code === 'EPIPE') return undefined
  const why = output.error === undefined ? 'nobody read them' : 'they could not be written'
  return { calls: output.unwrittenCalls, why }
}

interface Reading {
  readonly batches: AsyncGenerator<EventBatch>
  readonly selection: Selection
  readonly printer: Printer
  readonly output: TextOutput
  readonly stop: AbortSignal
  readonly path: string
}

/** Resolves at the end, or when enough was printed. `isStuck`: the recording comes from a pipe, and what is next has not come. */
async function printBatches(reading: Reading): Promise<{ isStuck: boolean }> {
  const { batches, selection, output, stop } = reading
  const stopped = once(stop, 'abort')
  while (!stop.aborted && !selection.isDone && output.error === undefined) {
    const next = await Promise.race([batches.next(), stopped])
    if (Array.isArray(next)) return { isStuck: true }
    if (next.done) return { isStuck: false }
    print(reading, next.value)
    output.flush()
    while (output.isFull && !stop.aborted) await pause(systemClock, POLL_MS, stop)
  }
  await batches.return(undefined)
  return { isStuck: false }
}

/** Prints a batch. A session's can always be printed; a recording may have been made by anybody. */
function print({ selection, printer, path }: Reading, batch: EventBatch): void {
  try {
    printer.take(selection.of(batch))
  } catch (cause) {
    if (isSystemError(cause)) throw cause
    throw new SwollError(
      'RECORDING_DAMAGED',
      `${path}: must be a whole recording, but has an event that makes no sense`,
      { cause },
    )
  }
}
