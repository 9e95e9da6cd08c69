/**
 * A node of a cluster: Debian's containerd and runc under a real kubelet, all in a cgroup and a mount namespace of their own, so
 * that several nodes fit on a machine. Pods have a network of their own, unless they ask for the host's, and reach the machine
 * and the API server, but not each other.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../kit/free-port.ts'
import { type Lack, lacksCommand, lacksFile, lacksRoot } from '../../../kit/skip.ts'
import type { Api } from './api.ts'
import { type Cluster, lacksCluster } from './cluster.ts'
import { Daemon, tails } from './daemon.ts'
import { addAddress, makeFolder, removeAddress, removeForgotten } from './forgotten.ts'
import { buildImage, buildOwnImages, type Image } from './image.ts'
import { createNodeCgroup, removeNodeCgroup } from './node-cgroup.ts'
import { CNI_PLUGINS, kubeletConfig } from './node-files.ts'
import { programPath } from './programs.ts'
import { Runtime } from './runtime.ts'
import { ADMIN, signUser, writeKubeconfig } from './users.ts'

/** Returns why a cluster with a node cannot run here. */
export function lacksNode(): Lack {
  const commands = ['containerd', 'ctr', 'runc', 'cc', 'unshare', 'nsenter', 'ip']
  const lacks = [lacksRoot(), ...commands.map(lacksCommand), lacksFile(join(CNI_PLUGINS, 'ptp'))]
  return lacks.find(lack => lack !== undefined) ?? lacksCluster()
}

interface NodeOptions {
  /** `node-1` if absent. */
  readonly name?: string
}

/** Resolves when the node is ready for pods; about two seconds. */
export async function startNode(cluster: Cluster, { name = 'node-1' }: NodeOptions = {}): Promise<Node> {
  await removeForgotten()
  const node = new Node(cluster, name, await freePort())
  try {
    await node.start()
  } catch (error) {
    await node.stop()
    throw error
  }
  return node
}

export class Node implements AsyncDisposable {
  readonly name: string
  /** The machine's address, which is the node's too. */
  readonly address: string
  /** An address of the node's own, from the network of its pods, for who listens on a port that is the same on every node. */
  readonly ownAddress: string
  /** The kubelet's address; the cluster's authority has signed its certificate. */
  readonly kubeletUrl: string
  /** Path of its cgroup in every hierarchy; `<cgroupRoot>/kubepods` holds the pods. */
  readonly cgroupRoot: string
  /** Files put here become static pods. */
  readonly staticPodFolder: string
  /** containerd's socket, as this process reaches it. */
  readonly criSocket: string
  /** Holds logs and data; gone when the node is. */
  readonly folder: string
  readonly #cluster: Cluster
  readonly #kubeletApi: Api
  readonly #port: number
  readonly #runtime: Runtime
  #kubelet: Daemon | undefined
  #isStopped = false

  constructor(cluster: Cluster, name: string, port: number) {
    this.#cluster = cluster
    this.#port = port
    this.name = name
    this.address = machineAddress()
    this.kubeletUrl = `https://${this.address}:${port}`
    this.#kubeletApi = cluster.apiAs(ADMIN, this.kubeletUrl)
    this.folder = makeFolder('node')
    this.staticPodFolder = join(this.folder, 'static-pods')
    this.cgroupRoot = createNodeCgroup()
    const podCidr = `10.${port >> 8}.${port & 255}.0/24` // the port is nobody else's, so its network is not either
    this.ownAddress = podCidr.replace('0/24', '254') // pods get the low ones first
    this.#runtime = new Runtime({ folder: this.folder, cgroupRoot: this.cgroupRoot, podCidr })
    this.criSocket = this.#runtime.socket
  }

  async start(): Promise<void> {
    this.#writeFiles()
    await this.#cluster.serveService()
    addAddress(this.ownAddress)
    await this.#runtime.start()
    for (const tar of buildOwnImages(this.folder)) this.#runtime.importImage(tar)
    await this.startKubelet()
  }

  /** Makes an image known to the node under its name. */
  importImage(image: Image): void {
    this.#runtime.importImage(buildImage(this.folder, image))
  }

  /** The same for an image that others made, as `docker save` has it. */
  importArchive(tar: string): void {
    this.#runtime.importImage(tar)
  }

  /** The kubelet's process, for `/proc`. */
  get kubeletPid(): number {
    return this.#kubelet!.pid
  }

  /** Resolves when the node is ready. */
  async startKubelet(): Promise<void> {
    const [command, args] = this.#runtime.within(programPath('kubelet'), [
      `--config=${join(this.folder, 'kubelet.json')}`,
      `--kubeconfig=${join(this.folder, 'kubeconfig')}`,
      `--hostname-override=${this.name}`,
      `--node-ip=${this.address}`,
    ])
    const logFile = join(this.folder, 'kubelet.log')
    this.#kubelet = await Daemon.start({
      name: 'kubelet',
      command,
      args,
      logFile,
      isReady: () => this.#isReady(),
    })
  }

  /** Stops the kubelet; pods go on running. */
  async stopKubelet(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    await this.#kubelet?.stop(signal)
  }

  /** The end of every program's log, for when a test fails. */
  logs(): string {
    return tails(this.folder)
  }

  /** Kills all that runs on it; the cluster still knows the node and its pods. Again when it is stopped does nothing. */
  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    await this.stopKubelet()
    await this.#runtime.stop()
    await removeNodeCgroup(this.cgroupRoot)
    this.#kubeletApi.close()
    removeAddress(this.ownAddress)
    rmSync(this.folder, { recursive: true, force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #writeFiles(): void {
    const { caFile, authority } = this.#cluster
    mkdirSync(this.staticPodFolder)
    const config = kubeletConfig({
      port: this.#port,
      cgroupRoot: this.cgroupRoot,
      caFile,
      serving: authority.sign(this.name, `IP:${this.address}`),
      staticPodFolder: this.staticPodFolder,
    })
    writeFileSync(join(this.folder, 'kubelet.json'), config)
    const user = { name: `system:node:${this.name}`, groups: ['system:nodes'] }
    writeKubeconfig(join(this.folder, 'kubeconfig'), this.#cluster, signUser(authority, user))
  }

  async #isReady(): Promise<boolean> {
    if ((await this.#kubeletApi.text('/healthz')) !== 'ok') return false
    const { status } = await this.#cluster.api.get<{ readonly status: NodeStatus }>(
      `/api/v1/nodes/${this.name}`,
    )
    return status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  }
}

interface NodeStatus {
  readonly conditions: readonly { readonly type: string; readonly status: string }[]
}

/** Returns the first address that is not a loopback address: a kubelet refuses those. */
function machineAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  const first = all.find(({ family, internal }) => family === 'IPv4' && !internal)
  if (first === undefined) throw new Error('this machine has no address but those of lo')
  return first.address
}
