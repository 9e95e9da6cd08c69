/** Which cgroup file systems are mounted where, from /proc/PID/mountinfo (proc(5)). */

export interface CgroupMount {
  readonly version: 1 | 2
  readonly mountPoint: string
  /** Path in the hierarchy of what is mounted, as this cgroup namespace sees it: `/`, a part, or `/../..` when above it. */
  readonly root: string
  /** v1: the controllers of the hierarchy, or `name=systemd`; v2: none. */
  readonly controllers: readonly string[]
}

/** Mounts of cgroup file systems in order; where one hides another, the last one only. */
export function readCgroupMounts(mountinfo: string): CgroupMount[] {
  const mounts = new Map<string, CgroupMount>()
  for (const line of mountinfo.split('\n')) {
    const [place, source] = line.split(' - ')
    const [type, , options] = (source ?? '').split(' ')
    const [, , , root, mountPoint] = place!.split(' ')
    if (root === undefined || mountPoint === undefined) continue
    const where = unescapeOctal(mountPoint)
    mounts.delete(where)
    if (type !== 'cgroup' && type !== 'cgroup2') continue
    const version = type === 'cgroup' ? 1 : 2
    const controllers = version === 1 ? (options ?? '').split(',') : []
    mounts.set(where, { version, mountPoint: where, root: unescapeOctal(root), controllers })
  }
  return [...mounts.values()]
}

/** mountinfo prints space, tab, newline and backslash as `\040` and so on. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)))
}
