/** Processes of this host: who watches calls too, who is watched by a debugger, who runs in a sandbox, who listens where. */
import { readdirSync, readlinkSync } from 'node:fs'
import { readText } from '../../../pipeline/cgroups/files.ts'
import type { Process, WatcherFacts } from '../facts.ts'
import { readNames } from './file.ts'

/** Programs that run the calls of a pod themselves, instead of the host's kernel. */
const SANDBOXES: readonly [program: string, begins: RegExp][] = [
  ['gVisor', /^runsc-sandbox|^runsc-gofer/],
  ['Kata Containers', /^containerd-shim-kata|^kata-/],
]
/** BPF_PROG_TYPE_KPROBE, _TRACEPOINT (linux/bpf.h): what `perf_event` descriptors attach. */
const ON_EVENTS = /^prog_type:\s+(2|5)$/m
const ON_CALLS = /^tp_name:\s+sys_(enter|exit)$/m
const EVENTS = ['events/raw_syscalls/enable', 'events/syscalls/enable']
const TRACEFS = '/sys/kernel/tracing'

export function readProcess(pid: number, proc = '/proc'): Process {
  const words = (readText(`${proc}/${pid}/cmdline`) ?? '').split('\0')
  const isSwoll = words.some(word => /\/(cli\/main\.(ts|js)|swoll)$/.test(word))
  return { pid, name: isSwoll ? 'swoll' : (readText(`${proc}/${pid}/comm`)?.trim() ?? '?') }
}

interface Seen {
  readonly watchers: WatcherFacts
  readonly sandboxes: Record<string, number>
}

/** One look at all processes but those of `own`, which is this one. */
export function readProcesses(own: number): Seen {
  const onCalls: Process[] = []
  const onEvents: Process[] = []
  const ptraced: Process[] = []
  const sandboxes: Record<string, number> = {}
  let isComplete = true
  for (const pid of pids()) {
    const bpf = readDescriptors(pid)
    if (bpf === undefined) isComplete = false
    const process = readProcess(pid)
    if (pid !== own && bpf?.isOnCalls) onCalls.push(process)
    else if (pid !== own && bpf?.isOnEvents) onEvents.push(process)
    if (/^TracerPid:\s+[1-9]/m.test(readText(`/proc/${pid}/status`) ?? '')) ptraced.push(process)
    const sandbox = SANDBOXES.find(([, begins]) => begins.test(process.name))?.[0]
    if (sandbox !== undefined) sandboxes[sandbox] = (sandboxes[sandbox] ?? 0) + 1
  }
  const ftraceEvents = readFtraceEvents()
  return { watchers: { isComplete, onCalls, onEvents, ftraceEvents, ptraced }, sandboxes }
}

/** Switches that are on, of the trace of all and of those that somebody has made besides. */
function readFtraceEvents(): string[] {
  const traces = [TRACEFS, ...readNames(`${TRACEFS}/instances`).map(name => `${TRACEFS}/instances/${name}`)]
  const switches = traces.flatMap(trace => EVENTS.map(name => `${trace}/${name}`))
  return switches.filter(path => /[1X]/.test(readText(path) ?? ''))
}

export function pids(): number[] {
  return readNames('/proc').map(Number).filter(Number.isInteger)
}

/** Undefined: it is another's, and may not be looked at. */
function readDescriptors(pid: number): { isOnCalls: boolean; isOnEvents: boolean } | undefined {
  const folder = `/proc/${pid}/fd`
  const names = readFolder(folder)
  if (names === undefined) return undefined
  const infos = names
    .filter(fd => /bpf|perf_event/.test(readLink(`${folder}/${fd}`)))
    .map(fd => readText(`/proc/${pid}/fdinfo/${fd}`) ?? '')
  return {
    isOnCalls: infos.some(info => ON_CALLS.test(info)),
    isOnEvents: infos.some(info => ON_EVENTS.test(info)),
  }
}

/** Undefined: the folder may not be read; of a process that has ended there is nothing in it. */
function readFolder(path: string): string[] | undefined {
  try {
    return readdirSync(path)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? undefined : []
  }
}

export function readLink(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
