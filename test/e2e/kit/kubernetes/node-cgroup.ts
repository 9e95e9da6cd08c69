/** The cgroup that holds all of a node: its runtime, its kubelet and its pods. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readCgroupMounts } from '../../../../receiver/ebpf/identity/mountinfo.ts'

const PREFIX = 'swoll-node-'
let made = 0

/** Creates it in every hierarchy, as a kubelet expects of its root; gives its path below the mount points. */
export function createNodeCgroup(): string {
  const path = `/${PREFIX}${process.pid}-${++made}`
  for (const mountPoint of mountPoints()) mkdirSync(join(mountPoint, path))
  mkdirSync(runtimeFolder(path))
  return path
}

/** A file: a process that writes 0 into it is in the node's cgroup from then on, but in none of its pods. */
export function joinFile(path: string): string {
  return join(runtimeFolder(path), 'cgroup.procs')
}

/** Kills every process in it, however deep, and removes it. */
export async function removeNodeCgroup(path: string): Promise<void> {
  const kill = join(unifiedMount(), path, 'cgroup.kill')
  if (existsSync(kill)) writeFileSync(kill, '1')
  for (const mountPoint of mountPoints()) await removeTree(join(mountPoint, path))
}

/** The cgroups of all nodes, with the process that made them. */
export function listNodeCgroups(): { readonly path: string; readonly pid: number }[] {
  return readdirSync(unifiedMount()).flatMap(name => {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
    return pid === undefined ? [] : [{ path: `/${name}`, pid: Number(pid) }]
  })
}

function runtimeFolder(path: string): string {
  return join(unifiedMount(), path, 'runtime')
}

function mountPoints(): string[] {
  return readCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8')).map(mount => mount.mountPoint)
}

/** Where version 2 is mounted. */
function unifiedMount(): string {
  const mountPoint = mountPoints().find(path => existsSync(join(path, 'cgroup.controllers')))
  if (mountPoint === undefined) throw new Error('no cgroup2 file system is mounted')
  return mountPoint
}

/** A cgroup is busy for a moment after its last process has been killed. */
async function removeTree(folder: string): Promise<void> {
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder))
    if (statSync(join(folder, name)).isDirectory()) await removeTree(join(folder, name))
  for (let tries = 0; ; tries++) {
    try {
      return rmdirSync(folder)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || tries === 500) throw error
    }
    await delay(10)
  }
}
