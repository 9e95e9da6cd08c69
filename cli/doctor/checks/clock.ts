import { defineCheck, type Said } from '../check.ts'
import type { StartFacts } from '../facts.ts'

/** Those that are read without leaving the processor's core, in the order of preference. */
const FAST = ['tsc', 'kvm-clock', 'arch_sys_counter', 'hyperv_clocksource_tsc_page', 'stp', 'timebase']
/** Between two looks; slewing changes 500 ppm at most. */
const MOST_STEP_MS = 100

type Id = 'clock_slow' | 'clock_steps'

export const clock = defineCheck<Id, StartFacts>({
  name: 'clock',
  asks: 'Whether the clock that times calls is fast, and the wall clock goes evenly',
  entries: {
    clock_slow: {
      severity: 'warning',
      title: 'The clock of this host is slow',
      consequence:
        'It is read twice for each call: one read takes a microsecond instead of 20 ns, and every program of the host is slower for it.',
      remedy: 'Use a fast clock, if the kernel has one that it trusts; else set latency to sampled or off.',
    },
    clock_steps: {
      severity: 'warning',
      title: 'The wall clock has stepped',
      consequence:
        'After a step back all totals begin anew with a new start time; traced calls are on the clock as it was when they were sent.',
      remedy:
        'Let one service alone set the clock, and let it slew: `chronyc tracking` or `timedatectl timesync-status` say what it does.',
    },
  },
  judge({ host: { clock: facts }, needs: { counting } }) {
    const said: Said<Id>[] = []
    const { source, available, stepMs, watchedMs } = facts
    if (source !== undefined && !FAST.includes(source)) {
      const fast = FAST.find(name => available.includes(name))
      const path = '/sys/devices/system/clocksource/clocksource0/current_clocksource'
      said.push({
        id: 'clock_slow',
        evidence: `clock source ${source}; fast ones are ${FAST.slice(0, 3).join(', ')}; available: ${available.join(', ')}`,
        ...(fast
          ? { commands: [`echo ${fast} > ${path}`] }
          : counting && { setting: `${counting.place}::latency: sampled` }),
      })
    }
    if (Math.abs(stepMs) > MOST_STEP_MS)
      said.push({
        id: 'clock_steps',
        evidence: `by ${Math.round(stepMs)} ms within ${Math.round(watchedMs)} ms, at most ${MOST_STEP_MS} ms are good`,
      })
    if (said.length > 0) return said
    return source === undefined
      ? undefined
      : `${source}; the wall clock was even for ${Math.round(watchedMs)} ms`
  },
})
