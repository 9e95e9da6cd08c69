/**
 * The path of a cgroup, and how much of it can be believed. Whoever owns a folder of the cgroup file system may make cgroups
 * in it with any name, that of somebody else's container too. So names are believed from the root of the hierarchy down to the
 * first folder that is not root's; those below it were chosen by its owner.
 */
import { type CgroupIdentity, parseCgroupPath } from '../../kubernetes/cgroup-path.ts'
import { type CgroupKey, toWords } from './cgroup-key.ts'
import { toText } from './names.ts'

export interface Place {
  /** Path from the root of the hierarchy, a character per byte (names.ts). */
  readonly path: string
  /** So many names at the start were chosen by root; Infinity: all. */
  readonly believed: number
  /** The folder's owner. */
  readonly uid: number
}

const ROOT_UID = 0
/** Returns a place whose names are all root's own. */
export function rootsPlace(path: string): Place {
  return { path, believed: Number.POSITIVE_INFINITY, uid: ROOT_UID }
}

/** A cgroup in the folder of `parent`. `makerUid`: who made it, or, if that is not known, who owns the folder it is in. */
export function placeBelow(parent: Place, name: string, makerUid: number, uid = makerUid): Place {
  const path = `${parent.path === '/' ? '' : parent.path}/${name}`
  if (Number.isFinite(parent.believed)) return { path, believed: parent.believed, uid }
  const isRoots = makerUid === ROOT_UID && parent.uid === ROOT_UID
  return { path, believed: isRoots ? parent.believed : depth(parent.path), uid }
}

export function toIdentity({ path, believed }: Place): CgroupIdentity {
  return parseCgroupPath(toText(path), believed)
}

/** Kernfs gives the root of every hierarchy this inode number. */
export function isRootKey(key: CgroupKey): boolean {
  const { low, high } = toWords(key)
  return low === 1 && (high & 0xf_ffff) === 0
}

function depth(path: string): number {
  return path === '/' ? 0 : path.split('/').length - 1
}
