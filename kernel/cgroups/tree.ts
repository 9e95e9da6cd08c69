/** The cgroup file system as a list of cgroups. */
import { lstatSync, readdirSync } from 'node:fs'
import { type CgroupKey, toCgroupKey } from './cgroup-key.ts'
import { type Place, placeBelow } from './place.ts'

export interface TreeEntry {
  readonly key: CgroupKey
  readonly place: Place
}

interface Folder {
  /** The cgroup id, on v1 and v2 (kernfs, 64-bit kernels). */
  readonly inode: bigint
  readonly uid: number
}

/** The part of a file system that a walk needs. Paths and names have a character per byte. Both functions throw if the folder is gone. */
interface TreeFileSystem {
  folder(path: string): Folder
  /** Names of the folders in a folder. */
  names(path: string): string[]
}

export const cgroupFileSystem: TreeFileSystem = {
  folder(path) {
    const { ino, uid } = lstatSync(Buffer.from(path, 'latin1'), { bigint: true })
    return { inode: ino, uid: Number(uid) }
  },
  names: path =>
    readdirSync(Buffer.from(path, 'latin1'), { withFileTypes: true, encoding: 'latin1' })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name),
}

/**
 * Every cgroup below and including `top`, which is mounted at `mountPoint`, parents first; one folder is read per step, so that
 * a caller may stop between steps. Cgroups that go meanwhile are left out, a missing root is an empty tree.
 */
export function* readCgroupTree(
  mountPoint: string,
  top: Place,
  fs: TreeFileSystem = cgroupFileSystem,
): Generator<TreeEntry> {
  const open: { readonly below: string; readonly parent?: Place; readonly name: string }[] = [
    { below: '', name: '' },
  ]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { below, parent, name } = next
    let folder: Folder
    let names: string[]
    try {
      folder = fs.folder(mountPoint + below)
      names = fs.names(mountPoint + below)
    } catch {
      continue
    }
    const place = parent ? placeBelow(parent, name, parent.uid, folder.uid) : { ...top, uid: folder.uid }
    for (const child of names) open.push({ below: `${below}/${child}`, parent: place, name: child })
    yield { key: toCgroupKey(folder.inode), place }
  }
}
