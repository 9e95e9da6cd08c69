/** Where a cgroup is. */
import { binding } from './addon.ts'

/**
 * Path below `root`, the mount point of its hierarchy, of the live cgroup with this id, such as `/kubepods/pod1`, with a
 * character per byte. Undefined when it is gone, or CAP_DAC_READ_SEARCH is missing. One look-up in the kernel.
 */
export function cgroupPath(root: string, id: bigint): string | undefined {
  return binding().cgroupPath(root, id)
}
