/** A minimal Debian as somebody finds it who has just cloned swoll; commands are run in it by different people. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { addNode, fetchDebian, type Release } from './debian.ts'

const ROOT = join(import.meta.dirname, '../../..')
const ENTER = join(import.meta.dirname, 'enter.sh')
const CERTIFICATES = '/usr/local/share/host-certificates.crt'
/** The capabilities that Docker and containerd leave to root in a container. */
const CONTAINER = 'chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,sys_chroot'

/** A user, the place of the checkout, and the surroundings. */
export interface Person {
  readonly user: 'root' | 'ann'
  /** The checkout's folder; its parent is made for the user. */
  readonly checkout: string
  readonly umask?: string
  /** `pivot`: as in a virtual machine. `chroot`: mounts cannot be made private. `container`: that, without capabilities. */
  readonly confined: 'pivot' | 'chroot' | 'container'
  /** Undefined: not set. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

interface Result {
  readonly status: number | null
  readonly output: string
}

export class FreshMachine implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), 'swoll-fresh-'))
  readonly #running = new Set<ChildProcess>()

  constructor(release: Release) {
    execFileSync('tar', ['-C', this.root, '-xf', fetchDebian(release)])
    addNode(release, this.root)
    execFileSync('chroot', [this.root, 'useradd', '--create-home', '--shell', '/bin/sh', 'ann'])
    for (const name of ['etc/resolv.conf', 'etc/hosts']) copyFileSync(`/${name}`, join(this.root, name))
    const certificates = process.env.NODE_EXTRA_CA_CERTS
    if (certificates !== undefined) copyFileSync(certificates, join(this.root, CERTIFICATES))
  }

  /** A clone, as this person's umask leaves it: the files that git knows, or would take, and no `.git`. */
  async clone(person: Person): Promise<void> {
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
    })
    const tar = join(this.root, 'tmp/swoll.tar')
    const list = ['--null', '--no-recursion', '--ignore-failed-read', '--files-from=-']
    execFileSync('tar', ['-C', ROOT, '-cf', tar, ...list], {
      input: files,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const parent = dirname(person.checkout)
    mkdirSync(join(this.root, parent), { recursive: true })
    if (person.user !== 'root') execFileSync('chroot', [this.root, 'chown', person.user, parent])
    const unpack = 'mkdir "$1" && tar -C "$1" --no-same-owner --no-same-permissions -xf /tmp/swoll.tar'
    const { status, output } = await this.run(person, ['sh', '-c', unpack, 'sh', person.checkout], '/')
    if (status !== 0) throw new Error(`clone: ${output}`)
  }

  /** Runs a command in the checkout to its end; what it printed, to both streams. */
  async run(person: Person, command: readonly string[], cwd = person.checkout): Promise<Result> {
    const child = this.start(person, command, cwd)
    let output = ''
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    const [status] = (await once(child, 'close')) as [number | null]
    return { status, output }
  }

  /** Starts a command in the checkout. It and all that it starts ends with the machine, and with this process. */
  start(person: Person, command: readonly string[], cwd = person.checkout): ChildProcess {
    const how = person.confined === 'pivot' ? 'pivot' : 'chroot'
    const args = [
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      'sh',
      ENTER,
      this.root,
      how,
      ...as(person, cwd),
    ]
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...args, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a group of its own, to be interrupted as by a terminal
    })
    this.#running.add(child)
    child.once('close', () => this.#running.delete(child))
    return child
  }

  [Symbol.dispose](): void {
    for (const child of this.#running) child.kill('SIGKILL')
    execFileSync('rm', ['-rf', this.root]) // 100,000 files: Node takes minutes
  }
}

/** The start of a command that runs the rest as this person. */
function as({ user, umask = '022', confined, env = {} }: Person, cwd: string): string[] {
  const home = user === 'root' ? '/root' : `/home/${user}`
  const variables = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: home,
    USER: user,
    ...(process.env.NODE_EXTRA_CA_CERTS === undefined ? {} : { NODE_EXTRA_CA_CERTS: CERTIFICATES }),
    ...env,
  }
  const set = Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  )
  const identity = user === 'root' ? [] : [`--reuid=${user}`, `--regid=${user}`, '--init-groups']
  const powers = confined === 'container' ? [`--bounding-set=-all,${plus(CONTAINER)}`] : []
  const shell = 'umask "$1" && cd "$2" && shift 2 && exec "$@"'
  return ['setpriv', ...identity, ...powers, 'env', '-i', ...set, 'sh', '-c', shell, 'sh', umask, cwd]
}

function plus(capabilities: string): string {
  return capabilities
    .split(',')
    .map(name => `+${name}`)
    .join(',')
}
