/** Reads the API server's address and the credentials from a kubeconfig file. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js'
import { parse } from 'yaml'
import { type Access, type Credentials, configInvalid, readSecret } from './access.ts'

interface KubeconfigOptions {
  /** Absent: the files of $KUBECONFIG as kubectl merges them, of two entries with one name the first; else ~/.kube/config. */
  readonly path?: string | undefined
  /** Absent: the file's `current-context`. */
  readonly context?: string | undefined
  /** Whom the API server is to take the requests for; the login must have the right. */
  readonly as?: { readonly user: string; readonly groups: readonly string[] } | undefined
}

/** An entry, and the path of the file that it is in: its own paths are relative to that. */
interface From<T> {
  readonly path: string
  readonly entry: T
}

interface Login {
  readonly context: string
  readonly namespace: string | undefined
  readonly cluster: From<Cluster>
  readonly user: From<User & { readonly tokenFile?: string | undefined }>
  readonly as: KubeconfigOptions['as']
}

/**
 * Access as a context of a kubeconfig file says: tokens, token files, client certificates, exec plugins. The few files with
 * an `auth-provider` or a proxy are left to the client library as a whole, which takes some 80 MB. Throws KUBERNETES_CONFIG_INVALID.
 */
export async function kubeconfigAccess(options: KubeconfigOptions): Promise<Access> {
  const login = await readLogin(options)
  const { cluster, user, namespace } = login
  if (user.entry.authProvider || cluster.entry.proxyUrl) return libraryAccess(login)
  const { ExecAuth } = await import('@kubernetes/client-node/dist/exec_auth.js')
  let exec = new ExecAuth()
  return {
    server: cluster.entry.server,
    ...(namespace && { namespace }),
    async credentials(isRefused) {
      if (isRefused) exec = new ExecAuth() // it keeps what the plugin gave
      const credentials = await readCredentials(login)
      if (exec.isAuthProvider(user.entry))
        await exec.applyAuthentication(user.entry, credentials).catch((cause: Error) => {
          throw configInvalid(
            `${user.path}: exec: ${user.entry.exec?.command} must give credentials, got ${cause.message.trim()}`,
            cause,
          )
        })
      return credentials
    },
  }
}

async function readLogin(options: KubeconfigOptions): Promise<Login> {
  const { newClusters, newContexts, newUsers } = await import('@kubernetes/client-node/dist/config_types.js')
  const files = await readFiles(options.path)
  const paths = files.map(({ path }) => path).join(':')
  const find = <T extends { readonly name: string }>(
    name: string | undefined,
    list: (file: Kubeconfig) => T[],
  ) =>
    files
      .flatMap(({ path, entry }) => list(entry).map(each => ({ path, entry: each })))
      .find(({ entry }) => entry.name === name)
  try {
    const name =
      options.context ?? files.find(({ entry }) => entry['current-context'])?.entry['current-context']
    if (name === undefined) throw new Error('must have a current-context, or context be set')
    const context = find(name, file => newContexts(file.contexts))?.entry
    if (!context) throw new Error(`must have the context ${JSON.stringify(name)}`)
    const cluster = find(context.cluster, file => newClusters(file.clusters))
    if (!cluster) throw new Error(`must have the cluster ${JSON.stringify(context.cluster)}`)
    const user = find(context.user, file => newUsers(file.users)) ?? { path: paths, entry: { name: '' } }
    const tokenFile = find(context.user, file => file.users ?? [])?.entry.user?.tokenFile
    const { namespace } = context
    return {
      context: name,
      namespace,
      cluster,
      user: { ...user, entry: { ...user.entry, tokenFile } },
      as: options.as,
    }
  } catch (cause) {
    throw configInvalid(
      `${paths}: ${(cause as Error).message}; check kube_config_path or --kubeconfig, and the context`,
      cause,
    )
  }
}

interface Kubeconfig {
  readonly 'current-context'?: string
  readonly contexts?: unknown
  readonly clusters?: unknown
  readonly users?: { readonly name: string; readonly user?: { readonly tokenFile?: string } }[]
}

/** Of several files those that are not there are left out, as kubectl does, if one is. */
async function readFiles(path: string | undefined): Promise<From<Kubeconfig>[]> {
  const listed = path === undefined ? (process.env.KUBECONFIG?.split(':').filter(Boolean) ?? []) : [path]
  const paths = listed.length > 0 ? listed : [`${homedir()}/.kube/config`]
  const existing = paths.filter(each => existsSync(each))
  return Promise.all(
    (existing.length > 0 ? existing : paths.slice(0, 1)).map(async each => {
      const text = await readSecret(each, 'set kube_config_path or --kubeconfig to a kubeconfig file')
      try {
        return { path: each, entry: (parse(text.toString()) ?? {}) as Kubeconfig }
      } catch (cause) {
        throw configInvalid(
          `${each}: ${firstLine(cause)}; check kube_config_path or --kubeconfig, and the context`,
          cause,
        )
      }
    }),
  )
}

async function readCredentials({ cluster: { path, entry: cluster }, user, as }: Login): Promise<Credentials> {
  const { entry } = user
  const [ca, cert, key, tokenFile] = await Promise.all([
    read(path, cluster.caData, cluster.caFile),
    read(user.path, entry.certData, entry.certFile),
    read(user.path, entry.keyData, entry.keyFile),
    read(user.path, undefined, entry.tokenFile),
  ])
  const token = tokenFile?.toString().trim() ?? entry.token
  const impersonated = as?.user ?? entry.impersonateUser
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(cluster.tlsServerName && { servername: cluster.tlsServerName }),
    rejectUnauthorized: !cluster.skipTLSVerify,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(impersonated && { 'impersonate-user': impersonated }),
      ...(as && as.groups.length > 0 && { 'impersonate-group': [...as.groups] }),
    },
  }
}

/** What is in the file itself, else what is in the one that it names. */
/** Without the place in the file that the parser draws below. */
function firstLine(cause: unknown): string {
  return (cause as Error).message.split('\n', 1)[0]!.replace(/:$/, '')
}

function read(path: string, data: string | undefined, file: string | undefined) {
  if (data) return Buffer.from(data, 'base64')
  return file ? readSecret(resolve(dirname(path), file), `check the paths in ${path}`) : undefined
}

async function libraryAccess({ context, cluster, user, namespace }: Login): Promise<Access> {
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js')
  const library = new KubeConfig()
  library.loadFromFile(user.path)
  library.setCurrentContext(context)
  return {
    server: cluster.entry.server,
    ...(namespace && { namespace }),
    async credentials() {
      const credentials: Credentials = {}
      await library.applyToHTTPSOptions(credentials)
      return credentials
    },
  }
}
