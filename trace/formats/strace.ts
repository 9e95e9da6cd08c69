/** The lines of `strace -f`, for eyes and tools that know them. */
import { printArguments, printReturned } from '../../syscalls/decode/print.ts'
import type { ShownCall } from '../../syscalls/decode/shown-call.ts'
import { signalName } from '../../syscalls/decode/values/signal.ts'
import { printGap } from './cli.ts'
import type { LineFormat, LineOptions } from './format.ts'
import { LineTimes, printDuration, printElapsed } from './line-times.ts'

/** strace's column of `=` (`-a`). */
const COLUMN = 40
const CORE_DUMPED = 0x80

/**
 * `[pid 1234] openat(…) = 3`; `+++ exited with 0 +++`. The prefix is there as soon as there are two threads, as strace has it, and always
 * where there are many processes from the first line on. A call is one line, when it has ended; one that had begun before
 * somebody looked is shown as unfinished, too. Signals are not shown.
 */
export function createStraceFormat({ write, names, display, hasManyProcesses }: LineOptions): LineFormat {
  const threads = new Set<number>()
  const times = new LineTimes(display)
  let hadOne = false

  function attach(tid: number): void {
    if (threads.has(tid)) return
    if (hadOne && !hasManyProcesses) write(`strace: Process ${tid} attached\n`)
    hadOne = true
    threads.add(tid)
  }
  const prefix = (tid: number, timeNs: bigint) => {
    const time = times.print(timeNs)
    return hasManyProcesses || threads.size > 1 ? `[pid ${String(tid).padStart(5)}] ${time}` : time
  }

  const duration = (call: ShownCall) =>
    display.hasDurations && call.hasReturned ? printDuration(call.durationNs, call.hasBegunUnseen) : ''

  return {
    begin: ({ unixOffsetNs }) => times.setOffset(unixOffsetNs),
    call(call, { tid }) {
      attach(tid)
      const text = `${prefix(tid, call.startNs)}${call.definition.name}(${printArguments(call)}) `
      write(`${text.padEnd(COLUMN)}= ${printReturned(call)}${duration(call)}\n`)
    },
    inFlight(call, { tid }) {
      attach(tid)
      const text = `${prefix(tid, call.startNs)}${call.definition.name}(${printArguments(call)}`
      write(`${text} <unfinished ...> (for ${printElapsed(call)})\n`)
    },
    end({ status, timeNs }, { tid }) {
      attach(tid)
      write(`${prefix(tid, timeNs)}+++ ${printStatus(status)} +++\n`)
      threads.delete(tid)
    },
    gap: gap => write(`--- lost ${printGap(gap, names.of(gap.resource))} ---\n`),
  }
}

/** A status of wait(2): `exited with 1`, `killed by SIGSEGV (core dumped)`. */
export function printStatus(status: number): string {
  const signal = status & 0x7f
  if (signal === 0) return `exited with ${(status >>> 8) & 0xff}`
  return `killed by ${signalName(signal)}${status & CORE_DUMPED ? ' (core dumped)' : ''}`
}
