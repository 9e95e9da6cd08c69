/**
 * The cost of watching for each system call, made as a raw instruction and through the C library as programs do. One process makes getppid
 * calls on one CPU, in a cgroup of its own; watchers take turns, in many short rounds, so that whatever else the machine does falls on
 * all of them alike. Each turn is compared with the unwatched call just before it, and waits a while for that one to be as fast as it has
 * been: a second program on the same tracepoint costs far more than the first, so the first must not be someone else's.
 */
import { Cgroup } from '../kernel/kit/cgroup.ts'
import { lacksBpf, lacksCommand, requireAll } from '../kit/skip.ts'
import { CLOCK_PAIR, CONDITIONS, EMPTY_PAIR } from './kit/conditions.ts'
import { compare } from './kit/meter.ts'
import { build } from './kit/process.ts'

requireAll(lacksBpf(), lacksCommand('bpftrace'), lacksCommand('syscount'))

build()
await using cgroup = Cgroup.create()
const rounds = Number(process.env.BENCH_ROUNDS ?? 15)
const options = { cgroup, conditions: CONDITIONS, floor: EMPTY_PAIR, clockFloor: CLOCK_PAIR, rounds }
process.stdout.write(await compare(options))
process.stdout.write(`\n${await compare({ ...options, through: 'libc' })}`)
