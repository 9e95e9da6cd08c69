/** Detects the host. */
import { readFileSync, readlinkSync, statfsSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Attributes } from '../data/attributes.ts'

/** Facts read from the machine. */
export interface HostFacts {
  readonly hostname: string
  /** The host name is that of the initial namespace, not of a container, a pod or a unit of systemd with its own. */
  readonly isFirstName: boolean
  /** The root of the file system is a container's image. */
  readonly isImage: boolean
  /** First line of a file; undefined if it cannot be read. */
  readLine(path: string): string | undefined
}

/** Inode number of the first UTS namespace: PROC_UTS_INIT_INO in the kernel's include/linux/proc_ns.h. */
const FIRST_UTS = 'uts:[4026531838]'
/** OVERLAYFS_SUPER_MAGIC of include/uapi/linux/magic.h: what runtimes put images together with. */
const OVERLAY = 0x794c7630
/** Files of the machine's id, in the order of the semantic conventions for `host.id`. */
const MACHINE_IDS = ['/etc/machine-id', '/var/lib/dbus/machine-id']

export function readHostFacts(): HostFacts {
  return {
    hostname: hostname(),
    isFirstName: attempt(() => readlinkSync('/proc/self/ns/uts')) === FIRST_UTS,
    isImage: attempt(() => statfsSync('/').type) === OVERLAY,
    readLine: path => attempt(() => readFileSync(path, 'utf8').split('\n')[0]!.trim()),
  }
}

/**
 * `host.name` and `host.id`. In a pod the host goes by the name of its node, since the pod's own name is another after each restart;
 * a machine id in an image is that of whoever made the image.
 */
export function detectHost(
  { hostname, isFirstName, isImage, readLine }: HostFacts,
  nodeName: string | undefined,
): Attributes {
  const name = isFirstName ? hostname : (nodeName ?? hostname)
  const ids = isImage ? [] : MACHINE_IDS.map(readLine)
  const id = ids.find(found => found !== undefined && /^[0-9a-f]{32}$/.test(found))
  return { ...(name !== '' && { 'host.name': name }), ...(id !== undefined && { 'host.id': id }) }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
