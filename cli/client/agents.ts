/** Which agents are meant, and how they are reached. */
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { SwollClient } from '../../client/client.ts'
import { decodeEndpoint, formatEndpoint } from '../../client/endpoint.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { Usage } from '../trace/usage.ts'
import type { TypedAgents } from './options.ts'

/** An agent with its address as the original's JSON has it. */
export interface Agent {
  readonly client: SwollClient
  readonly name: string
  readonly address: { readonly hostname: string; readonly port: number; readonly UseTLS: boolean }
}

/** How to reach any agent: all but its address. */
export interface Login {
  readonly isTls: boolean
  readonly ca?: Buffer | string | undefined
  readonly cert?: Buffer | undefined
  readonly key?: Buffer | undefined
  readonly token?: string | (() => Promise<string>) | undefined
  readonly serverName?: string | undefined
  readonly insecureSkipTlsVerify: boolean
}

/** Reads what the options name. Refuses what does not go together, or cannot be read. */
export function decodeLogin(typed: TypedAgents, usage: Usage): Login {
  const { token, tokenFile, useTls, serverName, insecureSkipTlsVerify = false } = typed
  if (token !== undefined && tokenFile !== undefined)
    usage.refuse('--token-file', 'must not be given together with --token; one says who you are')
  if ((typed.cert === undefined) !== (typed.key === undefined))
    usage.refuse(
      typed.cert === undefined ? '--cert' : '--key',
      'must be given, too: a certificate has its key',
    )
  const ca = typed.ca?.includes('-----BEGIN') ? typed.ca : read('--ca', typed.ca, usage)
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----'))
    usage.refuse('--ca', 'must have a certificate in PEM, got none')
  if (tokenFile !== undefined) read('--token-file', tokenFile, usage)
  const isTls =
    [useTls, ca, typed.cert, serverName].some(given => given !== undefined) || insecureSkipTlsVerify
  return {
    isTls,
    ca,
    cert: read('--cert', typed.cert, usage),
    key: read('--key', typed.key, usage),
    token: tokenFile === undefined ? token : async () => (await readFile(tokenFile, 'utf8')).trim(),
    serverName,
    insecureSkipTlsVerify,
  }
}

function read(option: string, path: string | undefined, usage: Usage): Buffer | undefined {
  if (path === undefined) return undefined
  try {
    return readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    usage.refuse(option, `must be a file that can be read, got "${path}" (${code})`)
    return undefined
  }
}

/** The endpoints that were given, each once; undefined: none were. `option`: where they were given. */
export function decodeEndpoints(
  typed: { readonly endpoints?: readonly string[] | undefined },
  { isTls }: Login,
  usage: Usage,
  option = '--endpoints',
): string[] | undefined {
  if (typed.endpoints === undefined) return undefined
  const words = usage.words(option, typed.endpoints)
  if (words.length === 0) usage.refuse(option, 'must name an agent, got nothing')
  const urls = words.flatMap(word => {
    try {
      const endpoint = decodeEndpoint(word, isTls)
      return `${endpoint.isTls ? 'https' : 'http'}://${formatEndpoint(endpoint)}${endpoint.pathPrefix}`
    } catch (error) {
      if (!(error instanceof SwollError)) throw error
      usage.refuse(option, error.message.replace(/^endpoint: /, ''))
      return []
    }
  })
  return [...new Set(urls)]
}

/** Throws TLS_INVALID for certificates that are none. */
export function openAgent(endpoint: string, { isTls: _, ...login }: Login, name?: string): Agent {
  const { hostname, port, isTls } = decodeEndpoint(endpoint)
  try {
    const client = new SwollClient({ endpoint, ...login, name })
    return { client, name: client.name, address: { hostname, port, UseTLS: isTls } }
  } catch (cause) {
    const { message } = cause as Error
    throw new SwollError(
      'TLS_INVALID',
      `--ca, --cert, --key: must be PEM that fits together, got ${message}`,
      {
        cause,
      },
    )
  }
}

/** The folder that a pod's service account is mounted at. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/** The token of the pod that this runs in; undefined: it runs in none. */
export function podToken(folder = SERVICE_ACCOUNT): (() => Promise<string>) | undefined {
  const path = `${folder}/token`
  return existsSync(path) ? async () => (await readFile(path, 'utf8')).trim() : undefined
}
