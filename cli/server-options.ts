/** The options of `swoll server`, and the configuration that they stand for. */
import type { Command } from 'commander'
import { programFile } from '../native/program-files.ts'
import { endpoint } from '../pipeline/config-fields.ts'
import { SwollError } from '../pipeline/errors.ts'
import { KnownOption as Option } from './option.ts'

export interface TypedServer {
  readonly config?: readonly string[]
  readonly listenAddr?: string
  readonly useTls?: true
  readonly cert?: string
  readonly key?: string
  /** False: `--no-metrics`. */
  readonly metrics: boolean
  readonly kubeconfig?: string
  readonly cri?: string
  readonly altroot?: string
  readonly insecureAllowAnonymous?: true
}

/** Command lines, and what they do. */
export const SERVER_EXAMPLES: readonly (readonly [string, string])[] = [
  ['swoll server', 'for this host alone: http://127.0.0.1:9095/api'],
  ['swoll server -k ~/.kube/config', 'with the pods of its node'],
  ['swoll server -l :9095 --use-tls --cert a.crt --key a.key -c auth.yaml', 'for others, with logins'],
]

export function addServerOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '-l, --listen-addr <address>',
        'where to listen; :9095 for all addresses (default: 127.0.0.1:9095)',
      ),
    )
    .addOption(new Option('--use-tls', 'speak TLS, with --cert and --key'))
    .addOption(new Option('--cert <file>', 'PEM file of the certificate', { completes: 'files' }))
    .addOption(new Option('--key <file>', 'PEM file of its key', { completes: 'files' }))
    .addOption(new Option('--no-metrics', 'without /metrics, and without counting'))
    .addOption(
      new Option('-k, --kubeconfig <file>', 'how to reach the API server; default: as a pod does', {
        completes: 'files',
        env: 'SWOLL_KUBECONFIG',
      }),
    )
    .addOption(
      new Option('-r, --cri <socket>', 'names pods by the container runtime, without an API server', {
        completes: 'files',
        env: 'SWOLL_CRISOCKET',
      }),
    )
    .addOption(
      new Option('-A, --altroot <folder>', "where the host's root file system is mounted", {
        completes: 'files',
        env: 'SWOLL_ALTROOT',
      }),
    )
    .addOption(new Option('--insecure-allow-anonymous', 'lets whoever reaches the address trace everything'))
}

/** Throws USAGE_INVALID. Sources of a configuration, later ones win: the presets, what is given, the options. */
export function toServerSources(
  typed: TypedServer,
  given: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const presets = typed.metrics ? ['agent.yaml', 'server.yaml'] : ['server.yaml']
  const base = presets.map(name => programFile(`otel-config/presets/${name}`))
  // A dollar sign would begin a reference.
  return [...base, ...given, `yaml:${JSON.stringify(toConfig(typed, env)).replaceAll('$', '$$$$')}`]
}

function toConfig(typed: TypedServer, env: Readonly<Record<string, string | undefined>>): object {
  const { listenAddr } = typed
  if (listenAddr !== undefined) checkAddress(listenAddr)
  const listener = { ...(listenAddr !== undefined && { endpoint: listenAddr }), ...toTls(typed) }
  const pods = toPods(typed, env)
  const roots = typed.altroot === undefined ? {} : { root_path: typed.altroot }
  const auth = typed.insecureAllowAnonymous && { auth: { insecure_allow_anonymous: true } }
  return {
    extensions: { trace_api: { ...listener, ...auth, ...(pods && { pods }), ...roots } },
    ...(typed.metrics && toMetrics(listener, pods, roots)),
  }
}

/** Two components would refuse it, in keys that nobody has typed. */
function checkAddress(text: string): void {
  const { error } = endpoint({ listen: true }).safeParse(text)
  if (error) throw new SwollError('USAGE_INVALID', `--listen-addr: ${error.issues[0]!.message}`)
}

function toMetrics(listener: object, pods: object | undefined, roots: object): object {
  const named = {
    processors: { k8s_attributes: pods },
    service: {
      pipelines: { metrics: { processors: ['k8s_attributes', 'syscall', 'cardinality_limit'] } },
    },
  }
  // As jobs are: of the namespaces that the caller may trace.
  const charts = { ...listener, login: true }
  return { receivers: { ebpf: roots }, exporters: { prometheus: listener, charts }, ...(pods && named) }
}

function toTls({ useTls, cert, key }: TypedServer): object {
  if (!useTls && cert === undefined && key === undefined) return {}
  if (cert !== undefined && key !== undefined) return { tls: { cert_file: cert, key_file: key } }
  const lacking = cert === undefined ? '--cert' : '--key'
  throw new SwollError('USAGE_INVALID', `${lacking}: must be given for TLS, got nothing; give a PEM file`)
}

/** Undefined: nobody knows of pods here. */
function toPods(
  { kubeconfig, cri }: TypedServer,
  env: Readonly<Record<string, string | undefined>>,
): object | undefined {
  if (kubeconfig !== undefined) return { auth_type: 'kubeConfig', kube_config_path: kubeconfig }
  if (cri !== undefined)
    return { auth_type: 'none', source: 'cri', cri: { endpoint: `unix://${cri.replace(/^unix:\/\//, '')}` } }
  return env.KUBERNETES_SERVICE_HOST ? { auth_type: 'serviceAccount' } : undefined
}
