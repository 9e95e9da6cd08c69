/** Scheduling of processes: policies, priorities, CPUs. */
import type { Argument, Copy, Kind } from '../kind.ts'
import { family, flags, names } from './named.ts'
import { addressOf, memoryOf } from './pointers.ts'
import { i32, u32, u64 } from './scalars.ts'
import { element, struct, when } from './struct.ts'

const FLAGS = names(
  `RESET_ON_FORK=1 RECLAIM=2 DL_OVERRUN=4 KEEP_POLICY=8 KEEP_PARAMS=0x10 UTIL_CLAMP_MIN=0x20 UTIL_CLAMP_MAX=0x40`,
  'SCHED_FLAG_',
)
/** Bytes of its oldest version, and of the one with limits of use. */
const OLDEST = 48
const CLAMPED = 56n

export const schedParam = element(i32)
const hasClamps = (type: typeof u32) => when(type, get => get('size') >= CLAMPED)
const schedAttr = struct({
  size: u32,
  sched_policy: family(u32, 'sched_policies'),
  sched_flags: flags(u64, FLAGS, 'SCHED_FLAG_???'),
  sched_nice: i32,
  sched_priority: u32,
  sched_runtime: u64,
  sched_deadline: u64,
  sched_period: u64,
  sched_util_min: hasClamps(u32),
  sched_util_max: hasClamps(u32),
})

/** The struct that `sched_setattr` passes. A size of 0 stands for the oldest version. */
export const givenSchedAttr: Kind = {
  copies: () => [
    { how: 'sized', when: 'entry' },
    { how: 'bytes', when: 'entry', size: OLDEST },
  ],
  print: argument => attributes(argument, 0) ?? attributes(argument, 1) ?? addressOf(argument),
}

/** The struct that `sched_getattr` fills; argument 2 is its size. */
export const filledSchedAttr: Kind = {
  copies: () => [{ how: 'array', when: 'success', count: 2, size: 1 }],
  print: argument => attributes(argument, 0) ?? addressOf(argument),
}

/** `[0 1 3]`: the processors in a set; argument `length` is its length. */
export function givenCpuSet(length: number): Kind {
  return cpuSet({ how: 'array', when: 'entry', count: length, size: 1 })
}

/** The same, as long as the call returns. */
export const filledCpuSet = cpuSet({ how: 'returned', when: 'success', size: 1 })

function attributes(argument: Argument, order: number): string | undefined {
  const memory = memoryOf(argument, order)
  return memory === undefined || memory.length < OLDEST ? undefined : schedAttr.print(memory, 0, () => 0n)
}

function cpuSet(copy: Copy): Kind {
  return {
    copies: () => [copy],
    print(argument) {
      const chunk = argument.chunks()[0]
      if (argument.isNull || chunk === undefined || chunk.isUnreadable) return addressOf(argument)
      const cpus: (number | string)[] = []
      for (let cpu = 0; cpu < chunk.bytes.length * 8; cpu++)
        if ((chunk.bytes[cpu >> 3]! >> (cpu & 7)) & 1) cpus.push(cpu)
      if (chunk.isCut) cpus.push('...')
      return `[${cpus.join(' ')}]`
    },
  }
}
