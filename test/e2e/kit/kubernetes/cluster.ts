/**
 * A Kubernetes of one's own: etcd, a real API server with RBAC, and the real controllers and scheduler, on free ports of 127.0.0.1.
 * It has no node; see node.ts. Nothing of it is left when it is disposed of.
 */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Authority, createAuthority } from '../../../kit/certificates.ts'
import { freePorts } from '../../../kit/free-port.ts'
import { type Lack, lacksCommand } from '../../../kit/skip.ts'
import { TcpProxy } from '../../../kit/tcp-proxy.ts'
import { Api } from './api.ts'
import {
  compactEtcd,
  type Layout,
  startApiServer,
  startControllerManager,
  startEtcd,
  startScheduler,
} from './control-plane.ts'
import { type Daemon, tails } from './daemon.ts'
import { makeFolder } from './forgotten.ts'
import { buildPrograms, lacksPrograms } from './programs.ts'
import { forwardService, type Service } from './service-address.ts'
import { ADMIN, requestToken, signUser, type User, writeKubeconfig } from './users.ts'
import { waitFor } from './wait.ts'

interface ClusterOptions {
  /** Further flags of the API server, such as `--audit-log-path=…`. */
  readonly apiServerFlags?: readonly string[]
  /** False: nothing makes pods of deployments, binds pods to nodes or collects garbage. True if absent. */
  readonly hasControllers?: boolean
}

/** Returns why a cluster cannot run here. */
export function lacksCluster(): Lack {
  return lacksCommand('etcd') ?? lacksCommand('openssl') ?? lacksCommand('setpriv') ?? lacksPrograms()
}

/** Resolves when the API server answers and every namespace gets its service account; about ten seconds. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  buildPrograms() // here, so that it takes from no program's time to start
  const cluster = new Cluster(await createLayout(), options)
  try {
    await cluster.start()
  } catch (error) {
    await cluster.stop()
    throw error
  }
  return cluster
}

async function createLayout(): Promise<Layout & { readonly authority: Authority }> {
  const [etcd, etcdPeer, api, controllers, scheduler] = (await freePorts(5)) as [number, ...number[]]
  const ports = { etcd, etcdPeer: etcdPeer!, api: api!, controllers: controllers!, scheduler: scheduler! }
  const network = `10.${ports.api >> 8}.${ports.api & 255}` // a port is nobody else's, so its network is not either
  const authority = createAuthority()
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc']
  const subjects = ['IP:127.0.0.1', `IP:${network}.1`, ...names.map(name => `DNS:${name}`)].join(',')
  return {
    folder: makeFolder('kubernetes'),
    authority,
    caFile: authority.caFile,
    ca: authority.ca,
    serving: authority.sign('server', subjects),
    kubeletClient: signUser(authority, { name: 'test-api-server', groups: ['system:masters'] }),
    tokens: authority.sign('tokens', 'DNS:tokens'),
    ports,
    serviceCidr: `${network}.0/24`,
  }
}

export class Cluster implements AsyncDisposable {
  /** The API server's address. */
  readonly url: string
  readonly caFile: string
  /** Calls as somebody who may do everything. */
  readonly api: Api
  /** The address of the service `kubernetes`; only a node makes it reachable. */
  readonly serviceAddress: string
  readonly authority: Authority
  /** Holds logs and data; gone when the cluster is. */
  readonly folder: string
  readonly #layout: Layout
  readonly #options: ClusterOptions
  readonly #clients: Daemon[] = []
  #etcd: Daemon | undefined
  #apiServer: Daemon | undefined
  #service: Service | undefined
  #kubeconfigs = 0

  constructor(layout: Layout & { readonly authority: Authority }, options: ClusterOptions) {
    this.#layout = layout
    this.#options = options
    this.url = `https://127.0.0.1:${layout.ports.api}`
    this.folder = layout.folder
    this.caFile = layout.caFile
    this.authority = layout.authority
    this.serviceAddress = layout.serviceCidr.replace(/0\/24$/, '1')
    this.api = this.apiAs(ADMIN)
  }

  async start(): Promise<void> {
    this.#etcd = await startEtcd(this.#layout)
    await this.startApiServer()
    if (this.#options.hasControllers === false) return
    const [controllers, scheduler] = ['system:kube-controller-manager', 'system:kube-scheduler'].map(name =>
      this.kubeconfig({ name }),
    ) as [string, string]
    this.#clients.push(
      ...(await Promise.all([
        startControllerManager(this.#layout, controllers),
        startScheduler(this.#layout, scheduler),
      ])),
    )
    await waitFor('the controllers', () => this.api.get('/api/v1/namespaces/default/serviceaccounts/default'))
  }

  /** A client that calls as the user; of the API server if no other URL is given, such as a kubelet's. */
  apiAs(user: User, url = this.url): Api {
    const { certFile, keyFile } = signUser(this.authority, user)
    return new Api({
      url,
      ca: this.#layout.ca,
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
    })
  }

  /** A client that calls with a token, such as `token()` gives. */
  apiWith(token: string): Api {
    return new Api({ url: this.url, ca: this.#layout.ca, token })
  }

  /** Path of a new kubeconfig file with the user's certificate; for another way to the API server if an URL is given. */
  kubeconfig(user: User = ADMIN, url = this.url): string {
    return this.#writeKubeconfig(signUser(this.authority, user), url)
  }

  /** Path of a new kubeconfig file with a token, or with a file that holds one, to be read again and again. */
  kubeconfigWith(shown: { readonly token: string } | { readonly tokenFile: string }, url = this.url): string {
    return this.#writeKubeconfig(shown, url)
  }

  /** Another way to the API server, which can be slow or cut. */
  forward(): Promise<TcpProxy> {
    return TcpProxy.start(this.#layout.ports.api)
  }

  /** A token of a service account that exists. */
  token(namespace: string, name: string, expirationSeconds?: number): Promise<string> {
    return requestToken(this.api, { namespace, name, ...(expirationSeconds && { expirationSeconds }) })
  }

  /** Makes the service `kubernetes` reachable from pods; again when it already is does nothing. */
  async serveService(): Promise<void> {
    this.#service ??= await forwardService(this.serviceAddress, this.#layout.ports.api)
  }

  /** Bytes that pods have read from the API server through its service. */
  get serviceBytes(): number {
    return this.#service?.receivedBytes ?? 0
  }

  /** etcd's address; it asks for no credentials. */
  get etcdUrl(): string {
    return `http://127.0.0.1:${this.#layout.ports.etcd}`
  }

  /** The API server's process, for `/proc`. */
  get apiServerPid(): number {
    return this.#apiServer!.pid
  }

  async startApiServer(): Promise<void> {
    const isReady = async () => (await this.api.text('/readyz')) === 'ok'
    this.#apiServer = await startApiServer(this.#layout, this.#options.apiServerFlags ?? [], isReady)
  }

  /** Kills it unless told otherwise; etcd keeps what it knows. */
  async stopApiServer(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    await this.#apiServer?.stop(signal)
  }

  /** Kills the API server, and starts it again when `body` is over. */
  async withoutApiServer<T>(body: () => Promise<T>): Promise<T> {
    await this.stopApiServer()
    try {
      return await body()
    } finally {
      await this.startApiServer()
    }
  }

  /** Forgets all that was before now. The API server is started anew, since it remembers for itself what it has seen. */
  forgetHistory(): Promise<void> {
    return this.withoutApiServer(() => compactEtcd(this.#layout))
  }

  /** The end of every program's log, for when a test fails. */
  logs(): string {
    return tails(this.folder)
  }

  async stop(): Promise<void> {
    this.api.close()
    await this.#service?.[Symbol.asyncDispose]()
    for (const daemon of [...this.#clients, this.#apiServer, this.#etcd]) await daemon?.stop('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  #writeKubeconfig(shown: Parameters<typeof writeKubeconfig>[2], url: string): string {
    const file = join(this.folder, `kubeconfig-${++this.#kubeconfigs}`)
    return writeKubeconfig(file, { url, caFile: this.caFile }, shown)
  }
}
