/** Which host this is. */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Attributes } from '../data/attributes.ts'

/** What is asked of the machine. */
export interface HostFacts {
  readonly hostname: string
  /** The host name is the host's own, and not that of a container or pod. */
  readonly isHost: boolean
  /** First line of a file; undefined if it cannot be read. */
  readLine(path: string): string | undefined
}

/** Inode number of the first UTS namespace: PROC_UTS_INIT_INO in the kernel's include/linux/proc_ns.h. */
const HOST_UTS = 'uts:[4026531838]'
/** As the semantic conventions have them for `host.id`. */
const MACHINE_IDS = ['/etc/machine-id', '/var/lib/dbus/machine-id']

export function readHostFacts(): HostFacts {
  return {
    hostname: hostname(),
    isHost: attempt(() => readlinkSync('/proc/self/ns/uts')) === HOST_UTS,
    readLine: path => attempt(() => readFileSync(path, 'utf8').split('\n')[0]!.trim()),
  }
}

/**
 * `host.name` and `host.id`. In a pod the host goes by the name of its node, since the pod's own name is another after each restart;
 * and a machine id there is that of the image.
 */
export function detectHost(
  { hostname, isHost, readLine }: HostFacts,
  nodeName: string | undefined,
): Attributes {
  const name = isHost ? hostname : (nodeName ?? hostname)
  const ids = isHost ? MACHINE_IDS.map(readLine) : []
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
