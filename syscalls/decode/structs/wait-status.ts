/** The status of a child from `wait4`: how it ended or stopped. */

import { signalName } from '../values/signal.ts'
import { printed, u32 } from './scalars.ts'
import { element } from './struct.ts'

const CORE = 0x80
const CONTINUED = 0xffff
const STOPPED = 0x7f
const PTRACE_EVENTS = ['', 'FORK', 'VFORK', 'CLONE', 'EXEC', 'VFORK_DONE', 'EXIT', 'SECCOMP'] as const
const PTRACE_EVENT_STOP = 128

/** `[{WIFEXITED(s) && WEXITSTATUS(s) == 0}]`. */
export const waitStatus = element(printed(u32, value => statusText(Number(value))))

function statusText(status: number): string {
  const low = status & 0xffff
  const event = eventText(status >>> 16)
  if (low === CONTINUED) return `{WIFCONTINUED(s)}${event}`
  const high = low >> 8
  if ((low & 0xff) === STOPPED)
    return `{WIFSTOPPED(s) && WSTOPSIG(s) == ${signalName(high & 0x7f)}${high & CORE ? ' | 0x80' : ''}}${event}`
  const signal = low & 0x7f
  if (signal === 0) return `{WIFEXITED(s) && WEXITSTATUS(s) == ${high}}${event}`
  return `{WIFSIGNALED(s) && WTERMSIG(s) == ${signalName(signal)}${low & CORE ? ' && WCOREDUMP(s)' : ''}}${event}`
}

function eventText(event: number): string {
  if (event === 0) return ''
  const name = event === PTRACE_EVENT_STOP ? 'STOP' : PTRACE_EVENTS[event]
  return ` | ${name === undefined ? `0x${event.toString(16)} /* PTRACE_EVENT_??? */` : `PTRACE_EVENT_${name}`} << 16`
}
