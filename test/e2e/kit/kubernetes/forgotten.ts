/** Removes the remains of test processes that were killed before they could clean up. Their daemons die with them; the rest is found by name. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listNodeCgroups, removeNodeCgroup } from './node-cgroup.ts'

const FOLDER = /^swoll-(?:node|kubernetes)-(\d+)-/
/** A label begins with the device's name and has at most 15 characters. */
const LABEL = /inet ([\d.]+).* (?:lo:s)(\d+)/g

/** A new folder that this process is known to own. */
export function makeFolder(kind: 'node' | 'kubernetes'): string {
  return mkdtempSync(join(tmpdir(), `swoll-${kind}-${process.pid}-`))
}

/** Gives the machine an address that this process is known to own. */
export function addAddress(address: string): void {
  ip('address', 'replace', `${address}/32`, 'dev', 'lo', 'label', `lo:s${process.pid}`)
}

export function removeAddress(address: string): void {
  ip('address', 'delete', `${address}/32`, 'dev', 'lo')
}

/** Removes cgroups with all processes in them, folders and addresses of processes that are no more. */
export async function removeForgotten(): Promise<void> {
  const isGone = (pid: number | string | undefined): boolean => !existsSync(`/proc/${pid}`)
  for (const { path, pid } of listNodeCgroups()) if (isGone(pid)) await removeNodeCgroup(path)
  for (const name of readdirSync(tmpdir())) {
    const pid = FOLDER.exec(name)?.[1]
    if (pid !== undefined && isGone(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
  for (const [, address, pid] of ip('-oneline', 'address', 'show', 'dev', 'lo').matchAll(LABEL))
    if (isGone(pid)) removeAddress(address!)
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8' })
}
