/** Where the files of a process's cgroup are, from its /proc (cgroups(7)). */
import { posix } from 'node:path'
import { readText } from './files.ts'
import { readCgroupMounts } from './mounts.ts'

/** A process, and where what the kernel says of it is. */
export interface CgroupOf {
  readonly process: number | 'self'
  /** Absent: /proc. */
  readonly proc?: string
}

/**
 * The folder of the cgroup that a process has for a controller such as `memory`, then the folders above it up to the mount; none where the
 * controller is nowhere mounted. Those of a cgroup namespace or of a container's mount that do not exist are among them.
 */
export function cgroupFolders({ process, proc = '/proc' }: CgroupOf, controller: string): string[] {
  const mounts = readCgroupMounts(readText(`${proc}/self/mountinfo`) ?? '')
  const lines = (readText(`${proc}/${process}/cgroup`) ?? '').split('\n').map(line => line.split(':'))
  const v1 = mounts.find(({ controllers }) => controllers.includes(controller))
  const mount = v1 ?? mounts.find(({ version }) => version === 2)
  const line = lines.find(([id, names]) =>
    v1 ? names?.split(',').includes(controller) : id === '0' && names === '',
  )
  return mount && line ? foldersOf(mount.mountPoint, line.slice(2).join(':')) : []
}

/** The folder of a cgroup, then those above it. */
function foldersOf(mountPoint: string, path: string): string[] {
  const parts = posix.normalize(path).split('/').filter(Boolean)
  return [...parts.keys(), parts.length].reverse().map(n => posix.join(mountPoint, ...parts.slice(0, n)))
}
