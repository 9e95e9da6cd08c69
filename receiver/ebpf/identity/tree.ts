/** The cgroup file system as a list of cgroups. */
import { lstatSync, readdirSync } from 'node:fs'
import { type CgroupKey, toCgroupKey } from './cgroup-key.ts'

export interface TreeEntry {
  readonly key: CgroupKey
  /** From the root of the walk, which is `/`. */
  readonly path: string
}

/** What a walk needs of a file system. Both throw when the folder is gone. */
export interface TreeFileSystem {
  /** Inode number of a folder: the cgroup id, on v1 and v2 (kernfs, 64-bit kernels). */
  inode(path: string): bigint
  /** Names of the folders in a folder. */
  folders(path: string): string[]
}

export const cgroupFileSystem: TreeFileSystem = {
  inode: path => lstatSync(path, { bigint: true }).ino,
  folders: path =>
    readdirSync(path, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name),
}

/**
 * Every cgroup below and including the mount point `root`, parents first; one folder is read per step, so that a caller
 * may stop between steps. Cgroups that go meanwhile are left out, a missing root is an empty tree.
 */
export function* readCgroupTree(root: string, fs: TreeFileSystem = cgroupFileSystem): Generator<TreeEntry> {
  const open = ['']
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    let key: CgroupKey
    let names: string[]
    try {
      key = toCgroupKey(fs.inode(root + path))
      names = fs.folders(root + path)
    } catch {
      continue
    }
    for (const name of names) open.push(`${path}/${name}`)
    yield { key, path: path === '' ? '/' : path }
  }
}
