/** Alerts about the programs that are watched. They read what recording.ts has, and so are the same for all flavours. */
import type { Alert } from './alert.ts'

const WHOSE = '{{ $labels.namespace }}/{{ $labels.workload }}{{ $labels.unit }}'
const PERCENT = '{{ $value | humanizePercentage }}'

/** Whose calls. */
const BY = 'namespace, workload, unit'

/** Less than this, and three times as much is chance. */
const LEAST_TROUBLE_PER_S = 1
const share = (offset: string) =>
  `sum by (${BY}) (swoll:trouble:rate5m${offset}) / sum by (${BY}) (swoll:calls:rate5m${offset})`

export const WORKLOAD_ALERTS: readonly Alert[] = [
  {
    name: 'SwollTroubleRising',
    severity: 'warning',
    for: '10m',
    expr: `(${share('')}) > 3 * (${share(' offset 1h')}) and sum by (${BY}) (swoll:trouble:rate5m) > ${LEAST_TROUBLE_PER_S}`,
    summary: `System calls of ${WHOSE} fail more often than an hour ago`,
    description: `${PERCENT} of its calls fail with an error that is no part of normal work: more than three times the share of an hour ago. The dashboard "workload" has call and errno.`,
  },
  {
    name: 'SwollTroubleNew',
    severity: 'warning',
    for: '10m',
    expr: `swoll:trouble:rate5m > ${LEAST_TROUBLE_PER_S} unless on (${BY}, syscall, err) (swoll:trouble:rate5m offset 1h > 0) and on (${BY}) swoll:calls:rate5m offset 1h`,
    summary: `${WHOSE} began to fail in {{ $labels.syscall }} with {{ $labels.err }}`,
    description:
      '{{ $value | humanize }} times a second; an hour ago it ran, and there was no such error. A rollout, or what it depends on, may be the cause.',
  },
  {
    name: 'SwollCallsSlow',
    severity: 'warning',
    for: '10m',
    expr: 'swoll:working_duration:p99_5m > 4 * swoll:working_duration:p99_5m offset 1h and swoll:working_duration:p99_5m > 0.1',
    summary: `System calls of ${WHOSE} take longer than an hour ago`,
    description:
      'One of a hundred calls that do not wait by nature takes {{ $value | humanizeDuration }} or more: four times what it was an hour ago. Disk, network file system or lock: the dashboard "workload" has the call.',
  },
  {
    name: 'SwollCallStuck',
    severity: 'warning',
    for: '5m',
    expr: 'swoll:in_flight:max > 300',
    summary: `A thread of ${WHOSE} hangs in {{ $labels.syscall }}`,
    description:
      'The call began {{ $value | humanizeDuration }} ago, in {{ $labels.namespace }}/{{ $labels.pod }}/{{ $labels.container }}{{ $labels.unit }}, and neither waits by nature nor for what others send. `kubectl swoll stuck`, or `swoll stuck` on the node, names the thread, the arguments and the file.',
  },
  {
    name: 'SwollCallsDenied',
    severity: 'warning',
    for: '5m',
    expr: 'swoll:denied:rate5m > 0',
    summary: `{{ $labels.syscall }} of ${WHOSE} is denied`,
    description:
      '{{ $value | humanize }} times a second seccomp or a tracer refuses the call: a profile that is too narrow, or a program that does what it should not.',
  },
  {
    name: 'SwollCallsKilled',
    severity: 'info',
    for: '10m',
    expr: 'swoll:killed:rate5m > 0.1',
    summary: `Threads of ${WHOSE} are killed in {{ $labels.syscall }}`,
    description:
      '{{ $value | humanize }} times a second a thread is killed within a call that does not wait by nature: for want of memory, by seccomp, or by a liveness probe whose program hangs.',
  },
]
