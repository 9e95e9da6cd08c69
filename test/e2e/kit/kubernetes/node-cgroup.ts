/** The cgroup that holds all of a node: its runtime, its kubelet and its pods. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readCgroupMounts } from '../../../../pipeline/cgroups/mounts.ts'
import { waitFor } from './wait.ts'

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

/** Returns the folder, where version 2 is mounted, of the cgroup below `path` with this name, such as a container's id. Throws without one. */
export function findCgroup(path: string, name: string): string {
  const found = listFolders(join(unifiedMount(), path)).find(folder => basename(folder) === name)
  if (found === undefined) throw new Error(`no cgroup ${name} in ${path}`)
  return found
}

/** Every folder below, however deep, as a path from there. */
export function listCgroupsIn(folder: string): string[] {
  return listFolders(folder).map(each => relative(folder, each))
}

/** Freezes every process of the cgroup or lets all go on, and waits until they have. `folder` comes from findCgroup. */
export async function freezeCgroup(folder: string, isFrozen: boolean): Promise<void> {
  const state = `frozen ${Number(isFrozen)}`
  writeFileSync(join(folder, 'cgroup.freeze'), String(Number(isFrozen)))
  await waitFor(state, async () => readFileSync(join(folder, 'cgroup.events'), 'utf8').includes(state))
}

/** Sends a signal to the processes of the cgroup, but not to those below. `folder` comes from findCgroup. */
export function signalCgroup(folder: string, signal: NodeJS.Signals): void {
  const pids = readFileSync(join(folder, 'cgroup.procs'), 'utf8').trim().split('\n')
  for (const pid of pids) process.kill(Number(pid), signal)
}

/** The command that turns into the rest of its arguments, as a process that sees no cgroups but those below `path`, and ends with this one. */
export function withinSight(path: string): string[] {
  const mounts = mountPoints().map(mountPoint => `mount --bind ${join(mountPoint, path)} ${mountPoint}`)
  const script = [...mounts, 'exec "$@"'].join('\n')
  const dying = ['setpriv', '--pdeathsig', 'KILL', '--']
  return [...dying, 'unshare', '--mount', '--propagation', 'private', 'sh', '-ec', script, 'sh']
}

/** Kills every process of the cgroup and those below, and removes them all. */
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

function listFolders(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isDirectory()).map(entry => join(entry.parentPath, entry.name))
}

function runtimeFolder(path: string): string {
  return join(unifiedMount(), path, 'runtime')
}

function mountPoints(): string[] {
  return readCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8')).map(mount => mount.mountPoint)
}

/** Returns the mount of version 2. */
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
