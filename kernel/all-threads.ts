/** Threads of other pid namespaces: an iterator over tasks shows those of its reader's alone (`bpf/all_threads.bpf.h`). */
import { readFileSync, readlinkSync } from 'node:fs'
import type { BpfObject } from '../native/bpf-object.ts'
import { toWord } from './settings.ts'

/** include/linux/proc_ns.h: PROC_PID_INIT_INO */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]'

/** Whether this process is in the host's own pid namespace, where an iterator shows all threads. */
export const isAmongAll = (): boolean => readlinkSync('/proc/self/ns/pid') === FIRST_PID_NAMESPACE

/** Tells a loaded object how many threads there may be. */
export function setLastTid(object: BpfObject): void {
  object.setVariable('last_tid', toWord(Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'))))
}
