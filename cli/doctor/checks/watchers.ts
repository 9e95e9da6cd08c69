import { defineCheck, type Said } from '../check.ts'
import type { Process } from '../facts.ts'

type Id = 'others_on_calls' | 'others_on_events' | 'ftrace_on' | 'ptraced' | 'watchers_hidden'

const MOST_NAMED = 10
function names(processes: readonly Process[]): string {
  const shown = processes.slice(0, MOST_NAMED).map(({ pid, name }) => `${name} (pid ${pid})`)
  const more = processes.length - shown.length
  return `${shown.join(', ')}${more > 0 ? `, and ${more} more` : ''}`
}

export const watchers = defineCheck<Id>({
  name: 'other tracers',
  asks: 'Who else watches calls on this host: BPF programs, ftrace, debuggers',
  entries: {
    others_on_calls: {
      severity: 'note',
      title: 'Others have programs on every call, too',
      consequence: 'Each adds its own cost to every call. What swoll counts is exact all the same.',
      remedy: 'If calls have become slow, compare with the other one stopped.',
    },
    others_on_events: {
      severity: 'note',
      title: 'Others have BPF programs on tracepoints or probes',
      consequence: 'The kernel does not tell which events those are; they may be calls.',
      remedy: '`bpftool perf show`, as root, says which.',
    },
    ftrace_on: {
      severity: 'warning',
      title: 'ftrace writes down every call',
      consequence: 'Every call of the host is slower by hundreds of nanoseconds.',
      remedy: 'If nobody reads that trace any more, switch its events off.',
    },
    ptraced: {
      severity: 'note',
      title: 'Processes are being debugged, or watched by strace',
      consequence: 'Their calls take tens of microseconds longer, and their latencies say so.',
      remedy: 'Leave them out when you look at latencies.',
    },
    watchers_hidden: {
      severity: 'note',
      title: 'Not all processes could be looked at',
      consequence: 'Other tracers may be there and are not told of.',
      remedy: 'Run swoll doctor as root, in the PID namespace of the host.',
    },
  },
  judge({ host: { watchers: seen } }) {
    const said: Said<Id>[] = []
    const calls = seen.onCalls.filter(({ name }) => name !== 'swoll')
    const agents = seen.onCalls.filter(({ name }) => name === 'swoll')
    if (calls.length > 0 || agents.length > 1)
      said.push({ id: 'others_on_calls', evidence: `on sys_enter or sys_exit: ${names(seen.onCalls)}` })
    if (seen.onEvents.length > 0)
      said.push({ id: 'others_on_events', evidence: names(seen.onEvents), commands: ['bpftool perf show'] })
    if (seen.ftraceEvents.length > 0)
      said.push({
        id: 'ftrace_on',
        evidence: `on: ${seen.ftraceEvents.join(', ')}`,
        commands: seen.ftraceEvents.map(path => `echo 0 > ${path}`),
      })
    if (seen.ptraced.length > 0) said.push({ id: 'ptraced', evidence: names(seen.ptraced) })
    if (!seen.isComplete)
      said.push({ id: 'watchers_hidden', evidence: 'descriptors of some processes may not be read' })
    if (said.length > 0) return said
    return agents.length > 0 ? `none but ${names(agents)}` : 'none'
  },
})
