/** Tracers of single calls whose cost is measured. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type HostSessionOptions, openSession } from '../../../trace/host.ts'
import type { JobSpec } from '../../../trace/requests/jobs.ts'
import { endAll, takeAll } from '../../../trace/session/take-all.ts'
import type { Cgroup } from '../../kernel/kit/cgroup.ts'
import type { Condition } from './conditions.ts'
import { Helper } from './process.ts'

const MEASURED: ReadonlySet<string> = new Set(['getppid', 'read'])
/** Time between two looks of a reader. */
const LOOK_MS = 50

/** Our tracing: events are read, put in order and counted. */
export function traced(name: string, jobs: readonly JobSpec[], options: HostSessionOptions = {}): Condition {
  return {
    name,
    async start() {
      const session = openSession({ ringBytes: 2 ** 23, ...options })
      // The first is read; the others only make the kernel side tell more jobs apart.
      const [reader] = jobs.map((job, n) => session.subscribe(job, n === 0 ? {} : { queueBytes: 0 }))
      let seen = 0
      let lost = 0
      const look = (isLast = false): void => {
        const take = isLast ? endAll : takeAll
        take(reader!, batch => {
          batch.visit(session.abis, { call: call => (seen += Number(MEASURED.has(call.definition.name))) })
          for (const gap of batch.gaps) lost += gap.events
        })
      }
      const timer = setInterval(look, LOOK_MS)
      return {
        async stop() {
          clearInterval(timer)
          look(true)
          await session.close()
          if (lost > 0) throw new Error(`${name}: lost ${lost} events`)
          return seen === 0 ? undefined : seen
        },
      }
    },
  }
}

/** The thread that makes the calls: the only one in the cgroup. */
function callerOf(cgroup: Cgroup): string {
  return readFileSync(join(cgroup.path, 'cgroup.procs'), 'utf8').trim()
}

function command(
  name: string,
  args: readonly string[],
  ready: (helper: Helper) => Promise<unknown>,
): Condition {
  return {
    name,
    async start() {
      const helper = new Helper('sh', ['-c', 'exec "$0" "$@"', ...args])
      await ready(helper)
      return {
        async stop() {
          await helper.end('SIGINT')
          return undefined
        },
      }
    },
  }
}

const settled = () => new Promise(resolve => setTimeout(resolve, 1000))

export function strace(cgroup: Cgroup): Condition {
  return {
    name: 'strace -f',
    start: () =>
      command('strace -f', ['strace', '-f', '-o', '/dev/null', '-p', callerOf(cgroup)], settled).start(),
  }
}

export function perfTrace(cgroup: Cgroup): Condition {
  return {
    name: 'perf trace',
    start: () =>
      command('perf trace', ['perf', 'trace', '-o', '/dev/null', '-p', callerOf(cgroup)], settled).start(),
  }
}

export function bpftracePrintf(): Condition {
  const script = `tracepoint:raw_syscalls:sys_enter { @start[tid] = nsecs; }
    tracepoint:raw_syscalls:sys_exit /@start[tid] && args->id == 110/ {
      printf("%d %d %d %d\\n", tid, args->id, args->ret, nsecs - @start[tid]); delete(@start[tid]); }
    interval:ms:100 /@ready == 0/ { @ready = 1; printf("attached\\n"); }`
  return command('bpftrace, one printf a call', ['bpftrace', '-B', 'line', '-e', script], helper =>
    helper.line('attached'),
  )
}
