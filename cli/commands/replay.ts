/** `swoll replay`: shows a recording as if it happened now. */
import { systemClock } from '../../pipeline/clock.ts'
import { startDeadline } from '../../pipeline/deadline.ts'
import { pause } from '../../pipeline/pause.ts'
import { openRecording } from '../../receiver/ebpf/trace/recording/reader.ts'
import { onStopSignal } from '../signals.ts'
import { createFormat, hasColours } from '../trace/create-format.ts'
import { createNames } from '../trace/names.ts'
import type { Output } from '../trace/options.ts'
import { openOutput } from '../trace/output.ts'
import { Printer } from '../trace/printer.ts'
import { describeTotals } from '../trace/report.ts'
import { findRecordedName } from '../trace/resource-names.ts'

export interface ReplayOptions {
  readonly recording: string
  readonly output: Output
  /** Undefined: standard output. */
  readonly file: string | undefined
}

const POLL_MS = 10
const LAST_WRITE_MS = 5000

/** Prints a recording to its end, as far as it is whole. Rejects when it is not, after what could be read. */
export async function replay({ recording: path, output: name, file }: ReplayOptions): Promise<void> {
  const recording = await openRecording(path)
  const output = openOutput(file, 1, false)
  const abis = recording.header.abis.map(abi => abi ?? undefined)
  const format = createFormat(name, {
    write: output.write,
    writeBytes: output.writeBytes,
    names: createNames(findRecordedName),
    abis,
    clock: systemClock,
    hasColours: hasColours(1, file, process.env),
  })
  const printer = new Printer({ abis, format })
  let isStopped = false
  onStopSignal(
    () => {
      isStopped = true
    },
    () => process.kill(process.pid, 'SIGKILL'),
  )
  let failure: unknown
  try {
    for await (const batch of recording.batches) {
      printer.take(batch)
      output.flush()
      while (output.isFull && !isStopped) await pause(systemClock, POLL_MS)
      if (isStopped || output.error !== undefined) break
    }
  } catch (error) {
    failure = error // what came before is printed first
  }
  printer.finish()
  using deadline = startDeadline(LAST_WRITE_MS)
  await output.end(deadline.signal)
  for (const call of recording.unreadable)
    process.stderr.write(
      `swoll: ${path}: ${call}: this version reads its memory otherwise; only its registers were shown\n`,
    )
  process.stderr.write(`swoll: ${describeTotals(printer.calls, printer.lost)}\n`)
  if (failure !== undefined) throw failure
  if (output.error !== undefined && output.error.code !== 'EPIPE') throw output.error
}
