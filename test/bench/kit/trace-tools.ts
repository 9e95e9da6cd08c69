/** Other tools that print single calls of one thread, each into a file: to count what they saw. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { Helper } from './process.ts'

export interface TraceTool {
  readonly name: string
  /** So many take a few seconds. */
  readonly calls: number
  /** The command that prints the calls of a thread to a file. */
  command(thread: number, file: string): readonly string[]
  /** A line of it that is a call of getppid. */
  readonly line: RegExp
}

/** Time to attach. */
const SETTLE_MS = 3000

const BPFTRACE = `tracepoint:raw_syscalls:sys_enter { @start[tid] = nsecs; }
  tracepoint:raw_syscalls:sys_exit /@start[tid] && args->id == 110/ {
    printf("getppid %d %d %d\\n", tid, args->ret, nsecs - @start[tid]); delete(@start[tid]); }`

export const TOOLS: readonly TraceTool[] = [
  {
    name: 'bpftrace printf',
    calls: 200_000,
    command: (_, file) => ['bpftrace', '-o', file, '-e', BPFTRACE],
    line: /^getppid /gm,
  },
  {
    name: 'perf trace',
    calls: 50_000,
    command: (thread, file) => ['perf', 'trace', '-e', 'getppid', '-o', file, '-t', `${thread}`],
    line: /getppid\(/g,
  },
  {
    name: 'strace',
    calls: 50_000,
    command: (thread, file) => ['strace', '-e', 'trace=getppid', '-o', file, '-p', `${thread}`],
    line: /^getppid\(/gm,
  },
]

/** Starts the tool; resolves when it watches. The result ends it and counts the calls it printed. */
export async function startTool(
  tool: TraceTool,
  thread: number,
  file: string,
): Promise<() => Promise<number>> {
  const helper = new Helper('sh', ['-c', 'exec "$0" "$@"', ...tool.command(thread, file)])
  await delay(SETTLE_MS)
  return async () => {
    await helper.end('SIGINT')
    return readFileSync(file, 'utf8').match(tool.line)?.length ?? 0
  }
}
