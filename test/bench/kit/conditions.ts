/** Watchers of system calls whose cost is measured. */
import { type Latency, startAccounting } from '../../kernel/harness.ts'
import { builtPath, Helper } from './process.ts'

/** Something that watches. `stop` gives how many getppid calls it says it saw; undefined when it does not count. */
interface Watcher {
  stop(): Promise<number | undefined>
}

export interface Condition {
  readonly name: string
  start(): Promise<Watcher>
}

const GETPPID = 110

/** Programs of empty.bpf.c. */
function empty(name: string, programs: readonly string[]): Condition {
  return {
    name,
    async start() {
      const helper = new Helper(builtPath('attach'), [builtPath('empty.bpf.o'), ...programs])
      await helper.line('attached')
      return {
        async stop() {
          await helper.end()
          return undefined
        },
      }
    },
  }
}

/** The accounting. `isTiming`: as within a window of `latency: sampled`. */
function ours(latency: Latency, name: string, isTiming = false): Condition {
  return {
    name,
    async start() {
      const agent = await startAccounting({ latency })
      if (isTiming) agent.accounting.setTiming(true)
      return {
        async stop() {
          const rows = await agent.collect()
          await agent[Symbol.asyncDispose]()
          return sum(rows.filter(row => row.syscall === 'getppid').map(row => row.calls))
        },
      }
    },
  }
}

/** libbpf-tools' syscount. It prints its table when it is interrupted. */
const syscount: Condition = {
  name: 'bcc syscount -L',
  async start() {
    const helper = new Helper('stdbuf', ['-oL', 'syscount', '-L', '-T', '500', '-i', '3600'])
    await helper.line('Tracing')
    return {
      async stop() {
        const table = await helper.end('SIGINT')
        return sum(table.map(line => Number(/^getppid\s+(\d+)/.exec(line)?.[1] ?? 0)))
      },
    }
  },
}

const BPFTRACE_KEY = 'cgroup, args->id, args->ret < 0 ? args->ret : 0'
const BPFTRACE_READY = 'interval:ms:100 /@ready == 0/ { @ready = 1; printf("attached\\n"); }'

function bpftrace(name: string, script: string): Condition {
  return {
    name,
    async start() {
      const helper = new Helper('bpftrace', ['-B', 'line', '-e', `${script} ${BPFTRACE_READY}`])
      await helper.line('attached')
      return {
        async stop() {
          const maps = await helper.end('SIGINT')
          return sum(
            maps.map(line => Number(new RegExp(`^@calls.*, ${GETPPID}, 0\\]: (\\d+)`).exec(line)?.[1] ?? 0)),
          )
        },
      }
    },
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** The floor: what the other conditions are compared with. */
export const EMPTY_PAIR = empty('empty pair (enter and exit)', ['empty_enter', 'empty_exit'])

/** No watcher that times calls can be cheaper. */
export const CLOCK_PAIR = empty('pair that reads the clock', ['clock_enter', 'clock_exit'])

/** In the order of the table. */
export const CONDITIONS: readonly Condition[] = [
  empty('empty exit program', ['empty_exit']),
  EMPTY_PAIR,
  CLOCK_PAIR,
  ours('off', 'swoll, latency: off'),
  ours('sampled', 'swoll, sampled: between two windows'),
  ours('sampled', 'swoll, sampled: while calls are timed', true),
  ours('exact', 'swoll, latency: exact'),
  syscount,
  bpftrace(
    'bpftrace, count by key',
    `tracepoint:raw_syscalls:sys_exit { @calls[${BPFTRACE_KEY}] = count(); }`,
  ),
  bpftrace(
    'bpftrace, count and histogram by key',
    `tracepoint:raw_syscalls:sys_enter { @start[tid] = nsecs; }
     tracepoint:raw_syscalls:sys_exit /@start[tid]/ {
       @ns[${BPFTRACE_KEY}] = hist(nsecs - @start[tid]);
       @calls[${BPFTRACE_KEY}] = count();
       delete(@start[tid]);
     }`,
  ),
]
