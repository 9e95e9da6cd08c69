/** `swoll replay`: shows a recording as if it happened now. */
import { systemClock } from '../../pipeline/clock.ts'
import { pause } from '../../pipeline/pause.ts'
import { originOf } from '../../receiver/ebpf/trace/recording/contents.ts'
import { openRecording } from '../../receiver/ebpf/trace/recording/reader.ts'
import { createCallTest } from '../trace/call-test.ts'
import { createFormat, hasColours } from '../trace/create-format.ts'
import type { ReplayOptions } from '../trace/decode-options.ts'
import { checkDistinct } from '../trace/distinct-files.ts'
import { createNames } from '../trace/names.ts'
import { openFileOutput, openStandardOutput } from '../trace/open-output.ts'
import { TextOutput } from '../trace/output.ts'
import { Printer } from '../trace/printer.ts'
import { createRedactor } from '../trace/redact.ts'
import { describeTotals } from '../trace/report.ts'
import { findRecordedName } from '../trace/resource-names.ts'
import { createThreadTest } from '../trace/thread-test.ts'
import { Wishes } from '../trace/wishes.ts'

const POLL_MS = 10

/** Prints a recording to its end, as far as it is whole. Rejects when it is not, after what could be read. */
export async function replay(path: string, options: ReplayOptions, exitNow: () => void): Promise<void> {
  const { output: name, file, request, redact, count, display } = options
  const isThreadOurs = request.targets && createThreadTest(request.targets)
  const wishes = new Wishes(exitNow)
  checkDistinct([
    ['standard output', 1],
    ['the recording', path],
    ...(file === undefined ? [] : ([['--file', file]] as const)),
  ])
  const recording = await openRecording(path)
  const stream =
    file === undefined ? openStandardOutput(1, false) : await openFileOutput(file, systemClock, wishes.stop)
  if (stream === undefined) return
  const output = new TextOutput(stream)
  const abis = recording.header.abis.map(abi => abi ?? undefined)
  const format = createFormat(name, {
    write: output.write,
    writeBytes: output.writeBytes,
    names: createNames(findRecordedName),
    abis,
    clock: systemClock,
    origin: () => originOf(recording.header),
    hasColours: hasColours(1, file, process.env),
    display,
    hasManyProcesses: false,
  })
  const printer = new Printer({
    abis,
    format,
    count,
    redact: redact.length > 0 ? createRedactor(redact) : undefined,
    isOurs: createCallTest(request.calls, request.filter),
    isThreadOurs,
  })
  output.countCalls = () => printer.calls
  let failure: unknown
  try {
    for await (const batch of recording.batches) {
      printer.take(batch)
      output.flush()
      while (output.isFull && !wishes.stop.aborted) await pause(systemClock, POLL_MS, wishes.stop)
      if (wishes.stop.aborted || printer.isDone || output.error !== undefined) break
    }
  } catch (error) {
    failure = error // what came before is printed first
  }
  printer.finish()
  wishes.end()
  await output.end(wishes.giveUp)
  for (const call of recording.unreadable)
    process.stderr.write(
      `swoll: ${path}: ${call}: this version reads its memory otherwise; only its registers were shown\n`,
    )
  process.stderr.write(`swoll: ${describeTotals(printer.calls, printer.lost)}\n`)
  if (failure !== undefined) throw failure
  if (output.error !== undefined && output.error.code !== 'EPIPE') throw output.error
}
