/** Runs containers by runc like a kubelet with the cgroupfs driver, and leaves nothing behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readCgroupMounts } from '../../../pipeline/cgroups/mounts.ts'

export interface ContainerOptions {
  /** A static program of this machine; the only file in the container. */
  readonly program: string
  readonly args?: readonly string[]
  /** 64 hex digits. */
  readonly containerId: string
  readonly podUid: string
  /** Capabilities such as `CAP_SETUID`; absent: none. */
  readonly capabilities?: readonly string[]
  /** The program is one of this host, with its libraries: the container sees the host's /usr and /etc. */
  readonly seesHost?: boolean
  /** `linux.seccomp`. */
  readonly seccomp?: unknown
  readonly hasNoNewPrivileges?: boolean
  /** Is told the id of the process that is to become the program, and waited for, before it does. */
  readonly beforeStart?: (pid: number) => Promise<void>
  /** Called once, when the program has printed something for the first time. */
  readonly onOutput?: () => void
}

interface ContainerResult {
  readonly exitCode: number
  readonly stdout: string
}

/** Path of the container's cgroup in every hierarchy. */
export function cgroupPathOf({ podUid, containerId }: ContainerOptions): string {
  return `/kubepods/burstable/pod${podUid}/${containerId}`
}

/** Runs a container to its end. Whatever happens, its cgroups, its pod's and its files are gone afterwards. */
export async function runContainer(options: ContainerOptions): Promise<ContainerResult> {
  const folder = mkdtempSync(join(tmpdir(), 'swoll-runc-'))
  const runc = (...args: string[]): Promise<ContainerResult> =>
    run('runc', ['--root', join(folder, 'state'), ...args], options.onOutput)
  try {
    writeBundle(folder, options)
    if (options.beforeStart) return await runInSteps(folder, options, runc)
    return await runc('run', '--bundle', folder, options.containerId)
  } finally {
    const isLeft = existsSync(join(folder, 'state', options.containerId)) // runc was killed, or failed
    if (isLeft) await runc('delete', '--force', options.containerId)
    rmSync(folder, { recursive: true })
    await removeCgroups(cgroupPathOf(options))
  }
}

type Runc = (...args: string[]) => Promise<ContainerResult>

/** Created first, then started; what it prints goes through a file, since `runc create` ends before it does. */
async function runInSteps(folder: string, options: ContainerOptions, runc: Runc): Promise<ContainerResult> {
  const { containerId, beforeStart } = options
  const [output, pidFile] = [join(folder, 'output'), join(folder, 'pid')]
  const script = 'exec runc --root "$1" create --bundle "$2" --pid-file "$3" "$4" >"$5" 2>&1 </dev/null'
  const args = [join(folder, 'state'), folder, pidFile, containerId, output]
  const created = await run('sh', ['-c', script, 'sh', ...args])
  if (created.exitCode !== 0) return { exitCode: created.exitCode, stdout: readFileSync(output, 'utf8') }
  const pid = Number(readFileSync(pidFile, 'utf8'))
  await beforeStart!(pid)
  const { exitCode } = await runc('start', containerId)
  while (isAlive(pid)) await delay(20)
  await runc('delete', '--force', containerId)
  return { exitCode, stdout: readFileSync(output, 'utf8') }
}

/** A zombie is over: whoever is to wait for it may be slow. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

function writeBundle(folder: string, options: ContainerOptions): void {
  const name = basename(options.program)
  mkdirSync(join(folder, 'rootfs/proc'), { recursive: true })
  if (!options.seesHost) copyFileSync(options.program, join(folder, 'rootfs', name))
  const { capabilities: all = [], seesHost = false } = options
  if (seesHost) linkHostFolders(join(folder, 'rootfs'))
  const config = {
    ociVersion: '1.0.2',
    root: { path: 'rootfs', readonly: true },
    process: {
      cwd: '/',
      args: [seesHost ? options.program : `/${name}`, ...(options.args ?? [])],
      env: ['PATH=/usr/bin:/usr/sbin', 'LC_ALL=C'],
      ...(options.hasNoNewPrivileges && { noNewPrivileges: true }),
      user: { uid: 0, gid: 0 },
      capabilities: { bounding: all, permitted: all, effective: all },
      terminal: false,
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs' },
      ...(seesHost ? ['/usr', '/etc'].map(bind) : []),
    ],
    linux: {
      cgroupsPath: cgroupPathOf(options),
      ...(options.seccomp !== undefined && { seccomp: options.seccomp }),
      namespaces: ['pid', 'ipc', 'uts', 'mount'].map(type => ({ type })),
    },
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
}

function bind(path: string) {
  return { destination: path, type: 'bind', source: path, options: ['rbind', 'ro'] }
}

/** Where folders such as /lib are links into /usr, so they are in the container. */
function linkHostFolders(root: string): void {
  for (const name of ['dev', 'usr', 'etc']) mkdirSync(join(root, name), { recursive: true })
  for (const name of ['bin', 'sbin', 'lib', 'lib64'])
    if (existsSync(`/usr/${name}`)) symlinkSync(`usr/${name}`, join(root, name))
}

async function run(
  command: string,
  args: readonly string[],
  onOutput?: () => void,
): Promise<ContainerResult> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  if (onOutput) child.stdout.once('data', onOutput)
  child.stdout.on('data', (data: Buffer) => {
    stdout += data.toString()
  })
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode: exitCode ?? -1, stdout }
}

/** Removes the cgroup and its parents, as far as they are empty, from every hierarchy. */
async function removeCgroups(path: string): Promise<void> {
  const mounts = readCgroupMounts(readFileSync('/proc/self/mountinfo', 'utf8'))
  for (const { mountPoint } of mounts) {
    for (let at = path; at !== '/'; at = dirname(at)) if (!(await removeFolder(mountPoint + at))) break
  }
}

function hasCgroups(path: string): boolean {
  return readdirSync(path, { withFileTypes: true }).some(entry => entry.isDirectory())
}

/** False: it is not empty. A cgroup is busy for a moment after its last process has ended. */
async function removeFolder(path: string): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      rmdirSync(path)
      return true
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') return true
      if (code !== 'EBUSY') throw error
      if (hasCgroups(path)) return false // somebody else's: waiting for them is no use
    }
    await delay(10)
  }
  return false
}
