/** Users of the API server, and their files. */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Authority } from '../../../kit/certificates.ts'
import type { Api, ApiObject } from './api.ts'

export interface User {
  readonly name: string
  readonly groups?: readonly string[]
}

/** The group that RBAC allows everything. */
export const ADMIN: User = { name: 'test-admin', groups: ['system:masters'] }

/** The credentials of a user: a client certificate. */
export interface Credentials {
  readonly certFile: string
  readonly keyFile: string
}

/** A client certificate as the API server reads it: the common name is the user, the organizations its groups. */
export function signUser(authority: Authority, { name, groups = [] }: User): Credentials {
  const subject = [...groups.map(group => `/O=${group}`), `/CN=${name}`].join('')
  return authority.sign(name, 'DNS:client', subject)
}

/** Writes a kubeconfig that holds all it needs itself; gives its path. */
export function writeKubeconfig(
  file: string,
  cluster: { readonly url: string; readonly caFile: string },
  user: Credentials | { readonly token: string } | { readonly tokenFile: string },
): string {
  const base64 = (path: string) => readFileSync(path).toString('base64')
  const shown =
    'certFile' in user
      ? { 'client-certificate-data': base64(user.certFile), 'client-key-data': base64(user.keyFile) }
      : user
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: { server: cluster.url, 'certificate-authority-data': base64(cluster.caFile) },
      },
    ],
    users: [{ name: 'test', user: shown }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  }
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
  return file
}

interface TokenOptions {
  readonly namespace: string
  readonly name: string
  /** Ten minutes are the least that is allowed; an hour if absent. */
  readonly expirationSeconds?: number
  /** A secret or pod: the token is worth nothing once that is deleted. */
  readonly boundTo?: ApiObject
}

/** A token of a service account that the API server itself signs. */
export async function requestToken(api: Api, options: TokenOptions): Promise<string> {
  const { namespace, name, expirationSeconds = 3600, boundTo } = options
  const boundObjectRef = boundTo && {
    apiVersion: boundTo.apiVersion,
    kind: boundTo.kind,
    name: boundTo.metadata.name,
    uid: boundTo.metadata.uid,
  }
  const answer = await api.post<{ readonly status: { readonly token: string } }>(
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds, boundObjectRef },
    },
  )
  return answer.status.token
}
