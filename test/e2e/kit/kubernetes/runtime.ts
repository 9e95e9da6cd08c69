/** containerd, in a mount namespace where its usual paths, and the kubelet's, lead to folders of the test. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Daemon } from './daemon.ts'
import { joinFile } from './node-cgroup.ts'
import { cniConfig, containerdConfig } from './node-files.ts'

/** Folder of the test → where it is mounted. */
const MOUNTS = {
  containerd: '/var/lib/containerd',
  run: '/run/containerd',
  kubelet: '/var/lib/kubelet',
  cni: '/var/lib/cni',
  'cni-config': '/etc/cni/net.d',
  pods: '/var/log/pods',
  containers: '/var/log/containers',
  netns: '/run/netns',
}

interface RuntimeOptions {
  /** Takes its data, its log and its sockets. */
  readonly folder: string
  readonly cgroupRoot: string
  /** Addresses of pods. */
  readonly podCidr: string
}

export class Runtime {
  /** containerd's socket, as this process reaches it. */
  readonly socket: string
  readonly #options: RuntimeOptions
  #daemon: Daemon | undefined

  constructor(options: RuntimeOptions) {
    this.#options = options
    this.socket = join(options.folder, 'run', 'containerd.sock')
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const { folder, cgroupRoot, podCidr } = this.#options
    const mounts = Object.entries(MOUNTS).map(([name, path]) => {
      for (const each of [join(folder, name), path]) mkdirSync(each, { recursive: true })
      return `mount --bind ${join(folder, name)} ${path}`
    })
    writeFileSync(join(folder, 'containerd.toml'), containerdConfig())
    writeFileSync(join(folder, 'cni-config', 'test.conflist'), cniConfig(podCidr))
    const script = ['mount --make-rshared /', ...mounts, `echo 0 >${joinFile(cgroupRoot)}`, 'exec "$@"']
    const command = ['containerd', '--config', join(folder, 'containerd.toml')]
    this.#daemon = await Daemon.start({
      name: 'containerd',
      command: 'unshare',
      args: ['--mount', '--propagation', 'slave', 'sh', '-ec', script.join('\n'), 'sh', ...command],
      logFile: join(folder, 'containerd.log'),
      isReady: async () => this.#ctr('version'),
    })
  }

  /** Takes a tar file that `buildImage` made. */
  importImage(tar: string): void {
    this.#ctr('images', 'import', tar)
  }

  /** The command and arguments that run a program in the runtime's mount namespace and the node's cgroup. */
  within(command: string, args: readonly string[]): [string, string[]] {
    const script = `echo 0 >${joinFile(this.#options.cgroupRoot)}; exec "$@"`
    const namespace = `--mount=/proc/${this.#daemon!.pid}/ns/mnt`
    return ['nsenter', [namespace, 'sh', '-ec', script, 'sh', command, ...args]]
  }

  /** Kills it; the containers go on. */
  async stop(): Promise<void> {
    await this.#daemon?.stop('SIGKILL')
  }

  #ctr(...args: string[]): true {
    execFileSync('ctr', ['--address', this.socket, '--namespace', 'k8s.io', ...args], { stdio: 'pipe' })
    return true
  }
}
