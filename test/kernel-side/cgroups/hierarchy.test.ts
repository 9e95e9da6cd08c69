import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type CgroupHierarchy,
  detectHierarchy,
  type Hierarchies,
  toSubsystem,
} from '../../../kernel/cgroups/hierarchy.ts'

const HOST = 'cgroup:[4026531835]'
const INSIDE = 'cgroup:[4026532841]'
const ID = 'a'.repeat(64)

/** Debian 12. */
const V2 = `
24 29 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
29 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro
31 24 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
`
/** Ubuntu 20.04. */
const HYBRID = `
25 31 0:23 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
34 25 0:28 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
35 34 0:29 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:10 - cgroup2 cgroup2 rw,nsdelegate
36 34 0:30 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,xattr,name=systemd
40 34 0:34 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,cpu,cpuacct
43 34 0:37 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:18 - cgroup cgroup rw,memory
46 34 0:40 / /sys/fs/cgroup/pids rw,nosuid,nodev,noexec,relatime shared:21 - cgroup cgroup rw,pids
`
/** Amazon Linux 2. */
const V1 = HYBRID.split('\n')
  .filter(line => !line.includes('cgroup2'))
  .join('\n')
/** Alpine: no pids controller mounted. */
const V1_WITHOUT_PIDS = V1.split('\n')
  .filter(line => !line.includes('/pids'))
  .join('\n')
/** Only systemd's own hierarchy, which no task can be asked for. */
const V1_NAMED_ONLY = V1.split('\n')
  .filter(line => /systemd|tmpfs|sysfs/.test(line))
  .join('\n')
/** A container of Docker on v1, without a cgroup namespace. */
const V1_CONTAINER = `
1023 1022 0:73 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
1024 1023 0:74 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw,mode=755
1031 1024 0:37 /docker/${ID} /sys/fs/cgroup/memory ro,nosuid,nodev,noexec,relatime master:18 - cgroup cgroup rw,memory
1034 1024 0:40 /docker/${ID} /sys/fs/cgroup/pids ro,nosuid,nodev,noexec,relatime master:21 - cgroup cgroup rw,pids
`
/** A pod on v2, in its own cgroup namespace. */
const V2_POD = `
1440 1430 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate,memory_recursiveprot
`
/** The same with the host's folder as a volume. */
const V2_POD_WITH_HOST = `${V2_POD}1460 1430 0:26 /../../../.. /host/sys/fs/cgroup ro,relatime - cgroup2 cgroup2 rw,nsdelegate
`
const SELF_V2 = '0::/system.slice/swoll.service\n'
const SELF_HYBRID = `9:pids:/system.slice/swoll.service
6:memory:/system.slice/swoll.service
4:cpu,cpuacct:/
1:name=systemd:/system.slice/swoll.service
0::/system.slice/swoll.service
`
const SELF_V1 = SELF_HYBRID.replace(/^0::.*\n/m, '')

type Place = Omit<CgroupHierarchy, 'isWhole' | 'prefix'> & { prefix?: string; isWhole?: boolean }
const whole = (place: Place): CgroupHierarchy => ({ prefix: '', isWhole: true, ...place })
const pids = { version: 1, controller: 'pids', id: 9, mountPoint: '/sys/fs/cgroup/pids' } as const
const unified = { version: 2, id: 0, mountPoint: '/sys/fs/cgroup/unified' } as const
const v2 = { version: 2, id: 0, mountPoint: '/sys/fs/cgroup' } as const

const s = suite('detectHierarchy')
const rows: [string, string, string, string, Hierarchies][] = [
  ['v2', V2, SELF_V2, HOST, whole(v2)],
  ['hybrid, with v1 beside v2', HYBRID, SELF_HYBRID, HOST, { ...whole(unified), v1: whole(pids) }],
  ['v1', V1, SELF_V1, HOST, whole(pids)],
  [
    'v1 without the pids controller',
    V1_WITHOUT_PIDS,
    SELF_V1,
    HOST,
    whole({ version: 1, controller: 'memory', id: 6, mountPoint: '/sys/fs/cgroup/memory' }),
  ],
  [
    'v1 in a container: the part it sees is not the whole',
    V1_CONTAINER,
    `9:pids:/docker/${ID}\n6:memory:/docker/${ID}\n`,
    HOST,
    { ...pids, prefix: `/docker/${ID}`, isWhole: false },
  ],
  ['v2 in a pod', V2_POD, '0::/\n', INSIDE, { ...v2, prefix: '', isWhole: false }],
  [
    'v2 in a pod that has the host’s folder',
    V2_POD_WITH_HOST,
    '0::/\n',
    INSIDE,
    { version: 2, id: 0, mountPoint: '/host/sys/fs/cgroup', prefix: '', isWhole: false },
  ],
  [
    'the mount that hides another',
    `${V2}99 31 0:50 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n100 99 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`,
    SELF_V2,
    HOST,
    whole(unified),
  ],
  [
    'a mount point with a space',
    '31 24 0:26 / /mnt/c\\040g rw - cgroup2 cgroup2 rw\n',
    SELF_V2,
    HOST,
    whole({ version: 2, id: 0, mountPoint: '/mnt/c g' }),
  ],
]
for (const [name, mountinfo, selfCgroup, namespace, want] of rows) {
  s(name, () => assert.equal(detectHierarchy({ mountinfo, selfCgroup, namespace }), want))
}
s('only what is mounted at or below a folder, where one is given', () => {
  const sources = { selfCgroup: '0::/\n', namespace: INSIDE }
  const find = (mountinfo: string, below: string) => detectHierarchy({ ...sources, mountinfo, below })
  assert.is(find(V2_POD_WITH_HOST, '/host/sys/fs/cgroup').mountPoint, '/host/sys/fs/cgroup')
  assert.is(find(V2_POD_WITH_HOST, '/sys/fs/cgroup').mountPoint, '/sys/fs/cgroup')
  assert.throws(() => find(V2_POD_WITH_HOST, '/sys/fs/cg'), /must be mounted at \/sys\/fs\/cg or below/)
  assert.is(find(HYBRID, '/sys/fs/cgroup').mountPoint, '/sys/fs/cgroup/unified')
})
for (const [name, mountinfo] of [
  ['no cgroup mount at all', '24 29 0:22 / /sys rw - sysfs sysfs rw\n'],
  ['a named hierarchy only', V1_NAMED_ONLY],
  ['no text', ''],
  ['text that is no mountinfo', 'x\n - \n1 2 3\n'],
]) {
  s(`refuses ${name}`, () => {
    assert.throws(
      () => detectHierarchy({ mountinfo: mountinfo!, selfCgroup: SELF_V1, namespace: HOST }),
      (error: { code?: string }) => error.code === 'HOST_UNSUPPORTED',
    )
  })
}
s.run()

const subsystem = suite('toSubsystem')
subsystem('is -1 for v2, which needs no types', () => assert.is(toSubsystem(whole(v2), new Uint8Array()), -1))
subsystem.run()
