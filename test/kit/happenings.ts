/** One of each that formats show: calls that end in every way, ends of threads, losses; of a pod, a unit and an odd name. */
import {
  OUTCOME_DENIED,
  OUTCOME_KILLED,
  OUTCOME_NO_RETURN,
  OUTCOME_RESTARTED,
} from '../../native/generated/layout.ts'
import type { KnownContainer } from '../../trace/requests/pod-view.ts'
import { CONTAINER, type Happening, resourceAt, thread, UNIT } from './trace-batch.ts'

const AT_FDCWD = 0xffffff9cn
export const web: KnownContainer = {
  namespace: 'shop',
  pod: 'web-0',
  container: 'nginx',
  image: 'nginx:1.27',
  labels: { app: 'web', 'a"b': '\n' },
}
const master = thread({ tid: 100, nsTid: 1, nsTgid: 1, resource: CONTAINER, pidNs: 4026532500 })
export const worker = thread({
  tid: 107,
  tgid: 100,
  nsTid: 8,
  nsTgid: 1,
  resource: CONTAINER,
  pidNs: 4026532500,
})
const sshd = thread({ tid: 812, comm: 'sshd', uid: 0, gid: 0, resource: UNIT })
export const odd = thread({ tid: 900, comm: 'a\x1b[31m\x9b\xffb\n', resource: resourceAt('/') })

export const HAPPENED: readonly Happening[] = [
  [
    master,
    {
      call: 'execve',
      arguments: [0x7f0010, 0x7f0020, 0x7f0030],
      chunks: [
        { order: 0, bytes: '/usr/sbin/nginx' },
        { order: 1, bytes: 'nginx' },
        { order: 1, part: 1, bytes: '-g\x1b"' },
        { order: 1, part: 2, isLast: true },
      ],
      startNs: 1_000_000n,
      endNs: 1_812_345n,
    },
  ],
  [
    master,
    {
      call: 'openat',
      arguments: [AT_FDCWD, 0x7f0000, 0x80000, 0],
      chunks: [{ order: 1, bytes: '/etc/nginx/nginx.conf' }],
      ret: -2,
      startNs: 2_000_000n,
      endNs: 2_005_000n,
    },
  ],
  [worker, { call: 'read', arguments: [3, 0x7f0000, 512], ret: 42, startNs: 2_000_000n, endNs: 4_500_000n }],
  [
    worker,
    {
      call: 'mmap',
      arguments: [0, 2 ** 62, 3, 0x22, -1, 0],
      ret: 2n ** 53n + 1n,
      startNs: 4_600_000n,
      endNs: 4_650_000n,
    },
  ],
  [
    worker,
    {
      call: 'read',
      arguments: [3, 0x7f0000, 512],
      ret: -512,
      outcome: OUTCOME_RESTARTED,
      startNs: 5_000_000n,
      endNs: 6_000_000n,
    },
  ],
  [
    sshd,
    {
      call: 'unshare',
      arguments: [0x10000000],
      ret: -1,
      outcome: OUTCOME_DENIED,
      startNs: 7_000_000n,
      endNs: 7_000_000n,
    },
  ],
  [odd, { call: 999, ret: -38, startNs: 7_100_000n, endNs: 7_100_700n }],
  [worker, { call: 'futex', outcome: OUTCOME_KILLED, startNs: 1_000_000n, endNs: 7_500_000n }],
  [
    master,
    {
      call: 'exit_group',
      arguments: [3],
      outcome: OUTCOME_NO_RETURN,
      startNs: 7_200_000n,
      endNs: 7_210_000n,
    },
  ],
  [worker, { status: 3 << 8, timeNs: 7_510_000n }],
  [master, { status: 3 << 8, timeNs: 7_520_000n }],
  [sshd, { status: 11 | 0x80, timeNs: 7_530_000n }],
]
export const LOST = [
  { resource: CONTAINER, reason: 'ring_full', events: 12 },
  { resource: undefined, reason: 'no_memory', events: 1 },
  { resource: CONTAINER, reason: 'ring_full', events: 3 },
] as const
