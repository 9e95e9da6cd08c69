/** Reads the kernel's status of each thread of a process. */
import { readdirSync, readFileSync } from 'node:fs'

export interface ThreadPrivileges {
  readonly name: string
  /** Capabilities in the form of `/proc/PID/task/TID/status`: hexadecimal. */
  readonly effective: string
  readonly permitted: string
  readonly inheritable: string
  readonly ambient: string
  readonly bounding: string
  readonly noNewPrivileges: boolean
}

export const NO_CAPABILITIES = '0000000000000000'

/** Every thread that lives through the look. */
export function readThreads(pid: number | 'self'): ThreadPrivileges[] {
  const folder = `/proc/${pid}/task`
  return readdirSync(folder).flatMap(task => {
    try {
      return [toPrivileges(readFileSync(`${folder}/${task}/status`, 'utf8'))]
    } catch {
      return [] // it has ended meanwhile
    }
  })
}

function toPrivileges(status: string): ThreadPrivileges {
  const read = (key: string): string => new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status)![1]!
  return {
    name: read('Name'),
    effective: read('CapEff'),
    permitted: read('CapPrm'),
    inheritable: read('CapInh'),
    ambient: read('CapAmb'),
    bounding: read('CapBnd'),
    noNewPrivileges: read('NoNewPrivs') === '1',
  }
}
