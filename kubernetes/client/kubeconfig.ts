/** Reads the API server's address and the credentials from a kubeconfig file. */
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { Cluster, User } from '@kubernetes/client-node/dist/config_types.js'
import { parse } from 'yaml'
import { type Access, type Credentials, configInvalid, readSecret } from './access.ts'

interface KubeconfigOptions {
  /** Absent: the first of $KUBECONFIG, else ~/.kube/config. */
  readonly path?: string | undefined
  /** Absent: the file's `current-context`. */
  readonly context?: string | undefined
}

interface Login {
  readonly path: string
  readonly context: string
  readonly cluster: Cluster
  readonly user: User & { readonly tokenFile?: string | undefined }
}

/**
 * Access as a context of a kubeconfig file says: tokens, token files, client certificates, exec plugins. The few files with
 * an `auth-provider` or a proxy are left to the client library as a whole, which takes some 80 MB. Throws KUBERNETES_CONFIG_INVALID.
 */
export async function kubeconfigAccess(options: KubeconfigOptions): Promise<Access> {
  const login = await readLogin(options)
  if (login.user.authProvider || login.cluster.proxyUrl) return libraryAccess(login)
  const { ExecAuth } = await import('@kubernetes/client-node/dist/exec_auth.js')
  let exec = new ExecAuth()
  return {
    server: login.cluster.server,
    async credentials(isRefused) {
      if (isRefused) exec = new ExecAuth() // it keeps what the plugin gave
      const credentials = await readCredentials(login)
      if (exec.isAuthProvider(login.user))
        await exec.applyAuthentication(login.user, credentials).catch((cause: Error) => {
          throw configInvalid(
            `${login.path}: exec: ${login.user.exec?.command} must give credentials, got ${cause.message.trim()}`,
            cause,
          )
        })
      return credentials
    },
  }
}

async function readLogin(options: KubeconfigOptions): Promise<Login> {
  const { newClusters, newContexts, newUsers } = await import('@kubernetes/client-node/dist/config_types.js')
  const path = options.path ?? process.env.KUBECONFIG?.split(':')[0] ?? `${homedir()}/.kube/config`
  const text = (await readSecret(path, 'set kube_config_path to a kubeconfig file')).toString()
  try {
    const file = parse(text) ?? {}
    const name = options.context ?? file['current-context']
    if (name === undefined) throw new Error('must have a current-context, or context be set')
    const context = newContexts(file.contexts).find(found => found.name === name)
    if (!context) throw new Error(`must have the context ${JSON.stringify(name)}`)
    const cluster = newClusters(file.clusters).find(found => found.name === context.cluster)
    if (!cluster) throw new Error(`must have the cluster ${JSON.stringify(context.cluster)}`)
    const user = newUsers(file.users).find(found => found.name === context.user)
    const raw = file.users?.find((found: { name?: string }) => found.name === context.user)
    const tokenFile: string | undefined = raw?.user?.tokenFile
    return { path, context: name, cluster, user: { ...(user ?? { name: '' }), tokenFile } }
  } catch (cause) {
    throw configInvalid(`${path}: ${(cause as Error).message}; check kube_config_path and context`, cause)
  }
}

async function readCredentials({ path, cluster, user }: Login): Promise<Credentials> {
  const read = (data: string | undefined, file: string | undefined) => {
    if (data) return Buffer.from(data, 'base64')
    return file ? readSecret(resolve(dirname(path), file), `check the paths in ${path}`) : undefined
  }
  const [ca, cert, key, tokenFile] = await Promise.all([
    read(cluster.caData, cluster.caFile),
    read(user.certData, user.certFile),
    read(user.keyData, user.keyFile),
    read(undefined, user.tokenFile),
  ])
  const token = tokenFile?.toString().trim() ?? user.token
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(cluster.tlsServerName && { servername: cluster.tlsServerName }),
    rejectUnauthorized: !cluster.skipTLSVerify,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(user.impersonateUser && { 'impersonate-user': user.impersonateUser }),
    },
  }
}

async function libraryAccess({ path, context, cluster }: Login): Promise<Access> {
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js')
  const library = new KubeConfig()
  library.loadFromFile(path)
  library.setCurrentContext(context)
  return {
    server: cluster.server,
    async credentials() {
      const credentials: Credentials = {}
      await library.applyToHTTPSOptions(credentials)
      return credentials
    },
  }
}
