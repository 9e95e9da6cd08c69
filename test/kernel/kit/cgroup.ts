/** Cgroups of the unified (v2) hierarchy that a test makes, and leaves nothing of. */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Returns the mount of the unified hierarchy: /sys/fs/cgroup, or /sys/fs/cgroup/unified on a hybrid host. */
export function cgroupRoot(): string {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const mountPoint = before.split(' ')[4]
    if (after.startsWith('cgroup2 ') && mountPoint !== undefined) return mountPoint
  }
  throw new Error('no cgroup2 mount in /proc/self/mountinfo; mount -t cgroup2 none /sys/fs/cgroup/unified')
}

/** A fresh cgroup, killed and removed with all below it on disposal. */
export class Cgroup implements AsyncDisposable {
  /** Relative to the hierarchy's root, without a leading slash. */
  readonly name: string
  readonly path: string
  /** The kernel's id: the inode of the cgroup's directory. */
  readonly id: bigint
  static #made = 0

  private constructor(name: string) {
    this.name = name
    this.path = join(cgroupRoot(), name)
    mkdirSync(this.path)
    this.id = statSync(this.path, { bigint: true }).ino
  }

  static create(): Cgroup {
    return new Cgroup(`swoll-test-${process.pid}-${++Cgroup.#made}`)
  }

  /** A cgroup below it; gives its folder. */
  makeChild(name: string): string {
    const path = join(this.path, name)
    mkdirSync(path)
    return path
  }

  async [Symbol.asyncDispose](): Promise<void> {
    writeFileSync(join(this.path, 'cgroup.kill'), '1')
    for (let tries = 0; isPopulated(this.path); tries++) {
      if (tries > 2000) throw new Error(`${this.path}: processes outlive cgroup.kill`)
      await delay(5)
    }
    removeTree(this.path)
  }
}

function isPopulated(path: string): boolean {
  return readFileSync(join(path, 'cgroup.events'), 'utf8').includes('populated 1')
}

function removeTree(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeTree(join(path, entry.name))
  rmdirSync(path)
}
