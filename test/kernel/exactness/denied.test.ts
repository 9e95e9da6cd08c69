/** Calls that are refused on entry are counted once, as denied, and only those. */
import { suite } from 'uvu'
import { requireBpf } from '../../kit/skip.ts'
import { exactly } from '../kit/exact.ts'

requireBpf()

const seccomp = suite('seccomp')
for (const [action, what] of [
  ['errno', 'calls that a filter answers with an errno'],
  ['trap', 'calls that a filter turns into a signal'],
  ['trace', 'calls that a filter leaves to an absent tracer'],
  ['kill_process', 'calls for which a filter kills the process'],
  ['kill_thread', 'calls for which a filter kills the thread'],
  ['notify', 'calls that a supervisor answers, and those it lets through'],
  ['interrupt', 'calls that are interrupted before a supervisor answers'],
  ['dispatch', 'no call that user dispatch intercepts'],
] as const)
  exactly(seccomp, { name: `counts ${what}`, program: 'seccomp', args: [action, 1_009] })
seccomp.run()

const ptrace = suite('ptrace')
for (const [way, what] of [
  ['sysemu', 'calls that a tracer emulates'],
  ['skip', 'calls that a tracer skips, under the number it set'],
  ['rewrite', 'calls that a tracer rewrites, as what they became'],
  ['kill', 'calls of a process killed at the entry stop'],
] as const)
  exactly(ptrace, { name: `counts ${what}`, program: 'ptrace', args: [way, 1_009] })
ptrace.run()
