/**
 * The cost of tracing for a program, call by call: to be seen while others are, to be read, to be filtered, and to be wanted
 * by eight jobs instead of one. Watchers take turns, as in syscall-cost.bench.ts.
 */
import { Cgroup } from '../kernel/kit/cgroup.ts'
import { lacksBpf, lacksCommand, requireAll } from '../kit/skip.ts'
import { EMPTY_PAIR } from './kit/conditions.ts'
import { compare } from './kit/meter.ts'
import { build } from './kit/process.ts'
import { bpftracePrintf, perfTrace, strace, traced } from './kit/trace-conditions.ts'

requireAll(lacksBpf(), lacksCommand('bpftrace'), lacksCommand('strace'), lacksCommand('perf'))

build()
await using cgroup = Cgroup.create()
const isHere = (_: unknown, path: string) => (path.endsWith(`/${cgroup.name}`) ? 'yes' : 'no')
const everything = { name: 'all', wantsCall: () => true, wants: isHere } as const
const rounds = Number(process.env.BENCH_ROUNDS ?? 15)

process.stdout.write(
  await compare({
    cgroup,
    rounds,
    floor: EMPTY_PAIR,
    conditions: [
      EMPTY_PAIR,
      traced('a job that wants another cgroup', [{ ...everything, wants: () => 'no' }]),
      traced('a job that wants another call', [{ ...everything, wantsCall: name => name === 'openat' }]),
      traced('a job that wants calls longer than 1 s', [{ ...everything, filter: { minNs: 1e9 } }]),
      traced('one job', [everything]),
      traced('eight jobs', new Array(8).fill(everything)),
    ],
  }),
)
const FILE = '/usr/share/doc/base-files/copyright'
process.stdout.write(
  `\n${await compare({
    cgroup,
    rounds,
    file: FILE,
    floor: EMPTY_PAIR,
    conditions: [
      EMPTY_PAIR,
      traced('one job, descriptors as numbers', [everything], { descriptors: false }),
      traced('one job, and the path', [everything]),
    ],
  })}`,
)
process.stdout.write(
  `\nThe others, with fewer calls, since they take long:\n\n${await compare({
    cgroup,
    rounds: Math.ceil(rounds / 5),
    calls: 2000,
    time: 'wall clock',
    floor: EMPTY_PAIR,
    conditions: [
      EMPTY_PAIR,
      traced('swoll, one job', [everything]),
      bpftracePrintf(),
      perfTrace(cgroup),
      strace(cgroup),
    ],
  })}`,
)
