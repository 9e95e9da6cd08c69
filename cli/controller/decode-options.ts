/** The settings that the options of `swoll controller` ask for. */
import { existsSync, readFileSync } from 'node:fs'
import { type Endpoint, endpoint } from '../../pipeline/config.ts'
import { SwollError } from '../../pipeline/errors.ts'
import type { LogOptions } from '../logger.ts'
import { readVersion } from '../version.ts'
import { LEVELS, LOG_FORMATS, PULL_POLICIES, type TypedController } from './options.ts'

export interface ControllerSettings {
  readonly kubeconfig: string | undefined
  readonly metrics: Endpoint
  readonly image: string
  readonly imagePullPolicy: string
  readonly service: { readonly namespace: string; readonly name: string }
  /** Empty: those of the Service. */
  readonly endpoints: readonly string[]
  readonly isTls: boolean
  readonly caFile: string | undefined
  readonly serverName: string | undefined
  readonly tokenFile: string | undefined
  /** Undefined: it works alone. */
  readonly lease: { readonly namespace: string; readonly name: string } | undefined
  readonly alerts: AlertSettings | undefined
  readonly logs: LogOptions
}

export interface AlertSettings {
  readonly endpoint: Endpoint
  readonly templateFile: string
  readonly tokenFile: string | undefined
}

const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'
const DEFAULT_SERVICE = 'swoll'
const SERVICE = /^([a-z0-9][-a-z0-9]*)\/([a-z0-9][-a-z0-9]*)$/

/** Throws USAGE_INVALID with all that is wrong. */
export function decodeControllerOptions(
  typed: TypedController,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ControllerSettings {
  const problems: string[] = []
  const namespace = ownNamespace(env)
  const settings: ControllerSettings = {
    kubeconfig: typed.kubeconfig,
    metrics: decodeAddress('--metrics-addr', typed.metricsAddr, problems),
    image: typed.image ?? `swoll:${readVersion()}`,
    imagePullPolicy: oneOf('--image-pull-policy', typed.imagePullPolicy, PULL_POLICIES, problems),
    service: decodeService(typed.agentsService ?? `${namespace}/${DEFAULT_SERVICE}`, problems),
    endpoints: (typed.endpoints ?? []).flatMap(list => list.split(',')).filter(text => text !== ''),
    isTls: typed.plainHttp !== true,
    caFile: typed.ca,
    serverName: typed.serverName,
    tokenFile: typed.tokenFile,
    lease: typed.enableLeaderElection && {
      namespace: typed.leaderElectionNamespace ?? namespace,
      name: typed.leaderElectionId,
    },
    alerts: decodeAlerts(typed, problems),
    logs: {
      level: oneOf('--log-level', typed.logLevel, LEVELS, problems),
      encoding: oneOf('--log-format', typed.logFormat, LOG_FORMATS, problems),
    },
  }
  if (problems.length > 0) throw new SwollError('USAGE_INVALID', problems.join('\n'))
  return settings
}

function ownNamespace(env: Readonly<Record<string, string | undefined>>): string {
  if (env.POD_NAMESPACE) return env.POD_NAMESPACE
  return existsSync(NAMESPACE_FILE) ? readFileSync(NAMESPACE_FILE, 'utf8').trim() : DEFAULT_SERVICE
}

function decodeAlerts(typed: TypedController, problems: string[]): AlertSettings | undefined {
  const { alertListen, alertTemplate, alertTokenFile } = typed
  if (alertListen === undefined && alertTemplate === undefined) return undefined
  if (alertListen === undefined)
    problems.push('--alert-listen: must be given with --alert-template, such as 127.0.0.1:8081')
  if (alertTemplate === undefined)
    problems.push('--alert-template: must be given with --alert-listen, a file with a Trace')
  if (alertListen === undefined || alertTemplate === undefined) return undefined
  const address = decodeAddress('--alert-listen', alertListen, problems)
  if (alertTokenFile === undefined && !isLoopback(address.host))
    problems.push(
      `--alert-token-file: must be given where others can reach --alert-listen, got ${alertListen}; or listen on 127.0.0.1`,
    )
  return { endpoint: address, templateFile: alertTemplate, tokenFile: alertTokenFile }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

function decodeAddress(option: string, text: string, problems: string[]): Endpoint {
  const { data, error } = endpoint({ listen: true }).safeParse(text)
  if (data) return data
  problems.push(...error.issues.map(({ message }) => `${option}: ${message}`))
  return { host: '127.0.0.1', port: 0 }
}

function decodeService(text: string, problems: string[]): { namespace: string; name: string } {
  const [, namespace = '', name = ''] = SERVICE.exec(text) ?? []
  if (name === '') problems.push(`--agents-service: must be NAMESPACE/NAME, got ${JSON.stringify(text)}`)
  return { namespace, name }
}

function oneOf<T extends string>(
  option: string,
  text: string,
  words: readonly [T, ...T[]],
  problems: string[],
): T {
  const found = words.find(word => word === text)
  if (!found) problems.push(`${option}: must be one of ${words.join(', ')}, got ${JSON.stringify(text)}`)
  return found ?? words[0]
}
