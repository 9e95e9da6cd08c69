/** Runs a Debian with systemd as its first process, in namespaces and a cgroup of its own, and leaves nothing behind. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cgroup } from '../../../kernel/kit/cgroup.ts'
import { cached, Unavailable } from '../../../kit/cache.ts'
import { type Lack, lacksCommand } from '../../../kit/skip.ts'
import { waitFor } from '../kubernetes/wait.ts'

const RELEASE = 'trixie'
const PACKAGES = ['libbpf1', 'libstdc++6', 'systemd']
/** None of this machine's other variables mean anything in there. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const BOOT = join(import.meta.dirname, 'boot.sh')

/** The system as a tar file, fetched once. Throws Unavailable. */
function fetchSystem(): string {
  return cached('debian', `${RELEASE}-systemd-${process.arch}`, work => {
    const include = `--include=${PACKAGES.join(',')}`
    const args = ['--variant=apt', include, RELEASE, join(work, 'system.tar'), 'http://deb.debian.org/debian']
    execFileSync('mmdebstrap', args, { stdio: 'pipe' })
    return work
  })
}

/** Returns why a machine cannot be made here. Fetches its Debian if it is missing. */
export function lacksMachine(): Lack {
  const lack = ['mmdebstrap', 'nsenter', 'tar', 'unshare'].map(lacksCommand).find(each => each !== undefined)
  if (lack !== undefined) return lack
  try {
    fetchSystem()
    return undefined
  } catch (error) {
    if (error instanceof Unavailable) return error.message
    throw error
  }
}

export class Machine implements AsyncDisposable {
  /** The root folder, as the host sees it. */
  readonly root = mkdtempSync(join(tmpdir(), 'swoll-machine-'))
  readonly #cgroup = Cgroup.create()
  #first: ChildProcess | undefined
  #log = ''

  /** Unpacked, not booted. */
  constructor() {
    execFileSync('tar', ['-C', this.root, '-xf', join(fetchSystem(), 'system.tar')])
    writeFileSync(join(this.root, 'etc/machine-id'), `${'5'.repeat(32)}\n`)
    writeFileSync(join(this.root, 'etc/hostname'), 'machine\n')
    writeFileSync(join(this.root, 'etc/hosts'), '127.0.0.1 localhost machine\n')
  }

  /** A command in it before it is booted. */
  chroot(...command: readonly string[]): string {
    const args = [this.root, ...command]
    return execFileSync('chroot', args, {
      encoding: 'utf8',
      env: { PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** Resolves when systemd has reached its target; then no service has failed. */
  async boot(): Promise<void> {
    const namespaces = ['--mount', '--uts', '--ipc', '--net', '--cgroup', '--pid', '--fork', '--kill-child']
    const script = 'echo $$ >"$0/cgroup.procs" && exec unshare "$@"'
    const args = ['-c', script, this.#cgroup.path, ...namespaces, 'sh', BOOT, this.root]
    this.#first = spawn('sh', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#first.stdout!, this.#first.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text
      })
    try {
      await waitFor('systemd to be running', async () => {
        const state = this.run('sh', '-c', 'systemctl is-system-running || true').trim()
        if (state === 'degraded') throw new Error(this.run('systemctl', '--failed', '--no-pager'))
        return state === 'running'
      })
    } catch (error) {
      throw new Error(`${error}: ${(error as Error).cause}\n${this.#log}`)
    }
  }

  /** A command in it while it runs; what it prints. */
  run(...command: readonly string[]): string {
    const args = [`--target=${this.#pid()}`, '--all', '--', ...command]
    return execFileSync('nsenter', args, {
      encoding: 'utf8',
      env: { PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** A command of this machine in its network. */
  runInNetwork(...command: readonly string[]): string {
    return execFileSync('nsenter', [`--target=${this.#pid()}`, '--net', '--', ...command], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  /** Returns the processes of a unit, by the host's ids. */
  pidsOf(unit: string): number[] {
    const path = this.run('systemctl', 'show', '--property=ControlGroup', '--value', unit).trim()
    return readFileSync(join(this.#cgroup.path, path, 'cgroup.procs'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(Number)
  }

  /** Returns the id of systemd's process, as the host sees it. */
  #pid(): string {
    const unshare = this.#first!.pid
    const children = readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8').trim()
    if (children === '') throw new Error(`the machine does not run:\n${this.#log}`)
    return children
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const first = this.#first
    const isOver = first === undefined || first.exitCode !== null || first.signalCode !== null
    if (!isOver) {
      const closed = once(first, 'close')
      first.kill('SIGKILL')
      await closed
    }
    await this.#cgroup[Symbol.asyncDispose]()
    rmSync(this.root, { recursive: true, force: true })
  }
}
