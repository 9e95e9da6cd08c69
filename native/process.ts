/** Functions that Node lacks: give up power, unblock signals, give memory back, wait for children, talk to systemd, find cgroups. */
import { constants } from 'node:os'
import { binding, loadedBinding, mustBe, mustBeCount, wrap } from './addon.ts'

/**
 * Every thread of the process gives up all capabilities that have no bit in `keep`, for good: no_new_privs is set too. The
 * bounding set shrinks as well where CAP_SETPCAP was held. Throws NATIVE_CAPABILITIES_FAILED when a thread may have kept some.
 */
export function dropCapabilities(keep = 0n): void {
  mustBe(typeof keep === 'bigint' && keep >= 0n && keep < 1n << 64n, 'capabilities: must be a mask', keep)
  wrap('NATIVE_CAPABILITIES_FAILED', 'capabilities', () => binding().dropCapabilities(keep))
}

/** Lets the main thread take this signal; Node with `--disable-sigusr1` blocks SIGUSR1. Have a listener first, or it ends the process. */
export function unblockSignal(signal: NodeJS.Signals): void {
  binding().unblockSignal(constants.signals[signal])
}

/**
 * Takes the code and constants of Node, this addon and their libraries out of this process's memory; what runs again comes back by
 * page faults, mostly from the page cache. Worth it once, when the start, which runs more code than all that follows, is over. Nothing
 * happens where nobody has needed the addon so far.
 */
export function releaseProgramMemory(): void {
  loadedBinding()?.releaseProgramMemory()
}

/** How a child that Node did not start has ended, as wait(2) has it: status << 8 | signal; undefined while it runs, 0 where there is none. */
export function reap(pid: number): number | undefined {
  mustBeCount('pid', pid)
  return binding().reap(pid)
}

/** Ends this process by the signal, without a core file. Returns only where the kernel does not let it: in the first process of a namespace. */
export function dieOf(signal: number): void {
  mustBe(Number.isInteger(signal) && signal > 0 && signal <= 64, 'signal: must be 1 to 64', signal)
  binding().dieOf(signal)
}

/** Sends one datagram to a Unix socket, as systemd takes them; `@` begins an abstract name. Does not wait. Throws what the kernel says. */
export function sendDatagram(path: string, text: string): void {
  binding().sendDatagram(path, text)
}

/**
 * Path below `root`, the mount point of its hierarchy, of the live cgroup with this id, such as `/kubepods/pod1`, with a
 * character per byte. Undefined when it is gone, or CAP_DAC_READ_SEARCH is missing. One look-up in the kernel.
 */
export function cgroupPath(root: string, id: bigint): string | undefined {
  return binding().cgroupPath(root, id)
}
