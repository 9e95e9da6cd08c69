/** Starts the programs of the control plane. */
import { join } from 'node:path'
import { Api } from './api.ts'
import { Daemon } from './daemon.ts'
import { type Program, programPath } from './programs.ts'
import type { Credentials } from './users.ts'

/** Files and ports that the programs share. */
export interface Layout {
  /** Holds logs and data. */
  readonly folder: string
  readonly caFile: string
  readonly ca: Buffer
  /** The certificate of all servers. */
  readonly serving: Credentials
  /** The API server's certificate as a client of kubelets. */
  readonly kubeletClient: Credentials
  /** The key signs the tokens of service accounts, the certificate checks them. */
  readonly tokens: Credentials
  readonly ports: {
    readonly etcd: number
    readonly etcdPeer: number
    readonly api: number
    readonly controllers: number
    readonly scheduler: number
  }
  /** Addresses of services, as `10.1.2.0/24`. */
  readonly serviceCidr: string
}

export function startEtcd(layout: Layout): Promise<Daemon> {
  const url = `http://127.0.0.1:${layout.ports.etcd}`
  const peer = `http://127.0.0.1:${layout.ports.etcdPeer}`
  return Daemon.start({
    name: 'etcd',
    command: 'etcd',
    logFile: join(layout.folder, 'etcd.log'),
    args: toFlags({
      name: 'test',
      'data-dir': join(layout.folder, 'etcd'),
      'listen-client-urls': url,
      'advertise-client-urls': url,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `test=${peer}`,
    }),
    isReady: async () => (await fetch(`${url}/health`)).ok,
  })
}

/** Removes all revisions before the present one: a request for changes since one of them is refused. */
export async function compactEtcd({ ports }: Layout): Promise<void> {
  const call = async (path: string, body: object) => {
    const answer = await fetch(`http://127.0.0.1:${ports.etcd}/v3/kv/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`etcd: ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as { readonly header: { readonly revision: string } }
  }
  const { header } = await call('range', { key: Buffer.from('/').toString('base64') })
  await call('compaction', { revision: header.revision, physical: true })
}

/** `isReady` asks the server as somebody it knows. */
export function startApiServer(
  layout: Layout,
  flags: readonly string[],
  isReady: () => Promise<boolean>,
): Promise<Daemon> {
  const args = toFlags({
    'etcd-servers': `http://127.0.0.1:${layout.ports.etcd}`,
    'bind-address': '127.0.0.1',
    'secure-port': layout.ports.api,
    'endpoint-reconciler-type': 'none', // the service's address is served by hand, see service-address.ts
    'service-cluster-ip-range': layout.serviceCidr,
    'tls-cert-file': layout.serving.certFile,
    'tls-private-key-file': layout.serving.keyFile,
    'client-ca-file': layout.caFile,
    'kubelet-client-certificate': layout.kubeletClient.certFile,
    'kubelet-client-key': layout.kubeletClient.keyFile,
    'kubelet-certificate-authority': layout.caFile,
    'kubelet-preferred-address-types': 'InternalIP',
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'service-account-key-file': layout.tokens.certFile,
    'service-account-signing-key-file': layout.tokens.keyFile,
    'authorization-mode': 'Node,RBAC',
    'enable-admission-plugins': 'NodeRestriction',
    'allow-privileged': true,
    profiling: false,
  })
  return startProgram(layout, 'kube-apiserver', [...args, ...flags], isReady)
}

export function startControllerManager(layout: Layout, kubeconfig: string): Promise<Daemon> {
  return startClient(layout, 'kube-controller-manager', layout.ports.controllers, {
    kubeconfig,
    'use-service-account-credentials': true,
    'kube-api-qps': 1000, // the default of 20 makes the controllers wait five seconds at start
    'kube-api-burst': 1000,
    'service-account-private-key-file': layout.tokens.keyFile,
    'root-ca-file': layout.caFile,
  })
}

export function startScheduler(layout: Layout, kubeconfig: string): Promise<Daemon> {
  return startClient(layout, 'kube-scheduler', layout.ports.scheduler, { kubeconfig })
}

type Flags = Readonly<Record<string, string | number | boolean>>

function startClient(layout: Layout, program: Program, port: number, flags: Flags): Promise<Daemon> {
  const args = toFlags({
    ...flags,
    'bind-address': '127.0.0.1',
    'secure-port': port,
    'tls-cert-file': layout.serving.certFile,
    'tls-private-key-file': layout.serving.keyFile,
    'leader-elect': false,
    profiling: false,
  })
  const api = new Api({ url: `https://127.0.0.1:${port}`, ca: layout.ca })
  return startProgram(layout, program, args, async () => (await api.text('/healthz')) === 'ok')
}

function startProgram(
  layout: Layout,
  program: Program,
  args: readonly string[],
  isReady: () => Promise<boolean>,
): Promise<Daemon> {
  const logFile = join(layout.folder, `${program}.log`)
  return Daemon.start({ name: program, command: programPath(program), args, logFile, isReady })
}

function toFlags(flags: Flags): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
}
