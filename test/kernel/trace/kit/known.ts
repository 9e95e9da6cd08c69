/** Differences between our text and that of strace 6.1, with reasons. */
import type { KnownDifferences, Line } from './compare.ts'

interface Known {
  readonly call: RegExp
  /** Absent: all arguments. */
  readonly argument?: number
  /** One of the arguments looks so; absent: however they look. */
  readonly with?: RegExp
  readonly why: string
}

const ARGUMENTS: readonly Known[] = [
  {
    call: /^execve$/,
    argument: 2,
    why: 'environments are not copied unless asked for: they may hold secrets',
  },
  { call: /^execveat$/, argument: 3, why: 'as with execve' },
  { call: /^rt_sigreturn$/, why: 'strace reads the frame of the signal from the stack; it is no argument' },
]

const RESULTS: readonly Known[] = [
  {
    call: /^modify_ldt$/,
    why: 'the kernel gives 32 bits of -ENOSYS, which is no error to it; strace says both',
  },
  { call: /^membarrier$/, why: 'the kernel knows commands that strace has no names for' },
  { call: /^ioctl$/, with: /^TIOCGPTPEER$/, why: 'strace does not know that this one returns a descriptor' },
  { call: /^seccomp$/, with: /FLAG_NEW_LISTENER/, why: 'the same' },
  { call: /^pidfd_open$/, why: 'strace says whose it is, we what the file is called' },
]

/** The thread was killed before strace could ask how the call ended; the kernel may have ended it first. */
const isCutOff = ({ result }: Line): boolean => result === '?'

export const KNOWN: KnownDifferences = {
  argument: (line, index) =>
    isCutOff(line) ||
    ARGUMENTS.some(({ call, argument = index }) => call.test(line.name) && argument === index),
  result: line => isCutOff(line) || hasKnownResult(line),
}

function hasKnownResult({ name, args }: Line): boolean {
  return RESULTS.some(
    known => known.call.test(name) && (!known.with || args.some(arg => known.with!.test(arg))),
  )
}
