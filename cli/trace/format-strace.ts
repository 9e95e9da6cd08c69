/** The lines of `strace -f`, for eyes and tools that know them. */
import { printArguments, printReturned } from '../../receiver/ebpf/decode/print.ts'
import { signalName } from '../../receiver/ebpf/decode/values/signal.ts'
import type { Format, FormatOptions } from './format.ts'
import { printGap } from './format-cli.ts'

/** strace's column of `=` (`-a`). */
const COLUMN = 40
const CORE_DUMPED = 0x80

/**
 * `[pid 1234] openat(…) = 3` with the prefix as soon as there are two threads, as strace has it; `+++ exited with 0 +++`. A call is
 * one line, when it has ended: there is no `<unfinished ...>`. Signals are not shown.
 */
export function createStraceFormat({ write, names }: FormatOptions): Format {
  const threads = new Set<number>()
  let hadOne = false

  function attach(tid: number): void {
    if (threads.has(tid)) return
    if (hadOne) write(`strace: Process ${tid} attached\n`)
    hadOne = true
    threads.add(tid)
  }
  const prefix = (tid: number) => (threads.size > 1 ? `[pid ${String(tid).padStart(5)}] ` : '')

  return {
    call(call, { tid }) {
      attach(tid)
      const text = `${prefix(tid)}${call.definition.name}(${printArguments(call)}) `
      write(`${text.padEnd(COLUMN)}= ${printReturned(call)}\n`)
    },
    end({ status }, { tid }) {
      attach(tid)
      write(`${prefix(tid)}+++ ${printStatus(status)} +++\n`)
      threads.delete(tid)
    },
    gap: gap => write(`--- lost ${printGap(gap, names.of(gap.resource))} ---\n`),
    finish() {},
  }
}

/** A status of wait(2): `exited with 1`, `killed by SIGSEGV (core dumped)`. */
export function printStatus(status: number): string {
  const signal = status & 0x7f
  if (signal === 0) return `exited with ${(status >>> 8) & 0xff}`
  return `killed by ${signalName(signal)}${status & CORE_DUMPED ? ' (core dumped)' : ''}`
}
