/** The places of the host's file systems: an agent in a container has them as volumes. */
import { posix } from 'node:path'
import { z } from 'zod'
import { describeValue } from '../../pipeline/config.ts'

const absolute = z.string().refine(path => path.startsWith('/'), {
  error: issue => `must be an absolute path such as "/host", got ${describeValue(issue.input)}`,
})

export const root_path = absolute
  .default('/')
  .describe(
    'Where the root file system of the host is mounted, for an agent in a container: its `/proc` and `/sys/fs/cgroup` are looked for below it',
  )
export const proc_path = absolute
  .optional()
  .describe('Where the `/proc` of the host is, if not below `root_path`')
export const cgroup_path = absolute
  .optional()
  .describe('Where the `/sys/fs/cgroup` of the host is, if not below `root_path`')

export interface HostRoots {
  readonly proc: string
  /** Only what is mounted here or below counts; absent: the mount that shows most. */
  readonly cgroup?: string
}

export function toRoots(config: {
  readonly root_path: string
  readonly proc_path?: string | undefined
  readonly cgroup_path?: string | undefined
}): HostRoots {
  const root = posix.normalize(config.root_path)
  const below = root === '/' ? undefined : posix.join(root, 'sys/fs/cgroup')
  const cgroup = config.cgroup_path === undefined ? below : posix.join(config.cgroup_path)
  return {
    proc: config.proc_path ?? posix.join(root, 'proc'),
    ...(cgroup !== undefined && { cgroup: cgroup.replace(/\/+$/, '') }),
  }
}
