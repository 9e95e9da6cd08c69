/** What a configuration asks of the host that runs it. */
import { type HostRoots, toRoots } from '../../kernel/cgroups/roots.ts'
import type { LatencyMode, Sizes } from '../../kernel/settings.ts'
import type { Endpoint } from '../../pipeline/config.ts'
import type { Plan } from '../../pipeline/plan.ts'
import { type Extract, extractRights, getRight, podRights, REVIEW_RIGHTS, type Right } from './rights.ts'

export interface Needs {
  readonly sources: readonly string[]
  /** What is wrong with the configuration; then nothing else is known of it. */
  readonly issues: readonly string[]
  /** Absent: no system calls are counted. */
  readonly counting?: CountingNeeds | undefined
  /** Whether single calls are traced. */
  readonly traces: boolean
  readonly traceRingBytes: number
  readonly roots: HostRoots
  readonly listeners: readonly { readonly place: string; readonly host: string; readonly port: number }[]
  readonly seriesLimit?:
    | { readonly place: string; readonly limit: number; readonly perResource: number }
    | undefined
  /** Components that ask for pods. */
  readonly podSources: readonly PodSource[]
  /** What is asked of the API server, and with which login. */
  readonly asks: readonly { readonly login: PodSource['login']; readonly rights: readonly Right[] }[]
  /** Whether series are of pods or workloads, not of containers. */
  readonly hasSums: boolean
}

export interface CountingNeeds {
  /** Such as `receivers::ebpf`. */
  readonly place: string
  readonly latency: LatencyMode
  readonly sizes: Sizes
  readonly queueBytes: number
  readonly maxSeries: number
  readonly maxSeriesPerResource: number
  readonly intervalMs: number
  readonly leavesOut: boolean
}

interface PodSource {
  readonly place: string
  readonly source: 'watch' | 'kubelet' | 'cri'
  readonly login: {
    readonly auth_type: 'serviceAccount' | 'kubeConfig' | 'none'
    readonly kube_config_path?: string | undefined
    readonly context?: string | undefined
  }
  readonly criEndpoint: string
}

/** The keys that are looked at, of all components that have them; a plan is checked, so what is there is of this type. */
interface Keys extends Partial<PodSource['login']> {
  readonly latency?: LatencyMode
  readonly table_sets?: number
  readonly ring_size?: number
  readonly inflight_slots?: number
  readonly queue_size?: number
  readonly max_series?: number
  readonly max_series_per_resource?: number
  readonly collection_interval?: number
  readonly from?: string
  readonly exclude?: readonly unknown[]
  readonly root_path?: string
  readonly proc_path?: string
  readonly cgroup_path?: string
  readonly trace?: { readonly ring_size: number; readonly replay?: string; readonly pods?: Keys }
  readonly endpoint?: Endpoint
  readonly use_v2?: boolean
  readonly http?: { readonly endpoint: Endpoint }
  readonly limit?: number
  readonly limit_per_resource?: number
  readonly source?: PodSource['source']
  readonly cri?: { readonly endpoint: string }
  readonly passthrough?: boolean
  readonly pods?: Keys
  readonly auth?: { readonly kubernetes?: Keys }
  readonly extract?: Extract
  readonly aggregate_to?: string
}

interface Used {
  readonly place: string
  readonly type: string
  readonly keys: Keys
}

const NO_NEEDS: Omit<Needs, 'sources' | 'issues'> = {
  traces: false,
  traceRingBytes: 2 ** 20,
  roots: { proc: '/proc' },
  listeners: [],
  podSources: [],
  asks: [],
  hasSums: false,
}

/** The needs of a configuration that is wrong: none are known. */
export function noNeeds(sources: readonly string[], issues: readonly string[]): Needs {
  return { ...NO_NEEDS, sources, issues }
}

export function toNeeds(plan: Plan, sources: readonly string[]): Needs {
  const used = usedComponents(plan)
  const ebpf = used.find(({ type }) => type === 'ebpf')
  const limiter = used.find(({ type }) => type === 'cardinality_limit')
  const signals = new Set(
    plan.pipelines.filter(({ receivers }) => receivers.some(isEbpf(plan))).map(({ signal }) => signal),
  )
  const api = used.find(({ type }) => type === 'trace_api')
  return {
    sources,
    issues: [],
    ...(ebpf && signals.has('metrics') && { counting: toCounting(ebpf) }),
    traces:
      api !== undefined || ((signals.has('logs') || signals.has('traces')) && !ebpf?.keys.trace?.replay),
    traceRingBytes: ebpf?.keys.trace?.ring_size ?? NO_NEEDS.traceRingBytes,
    roots: toRoots({ root_path: '/', ...pickRoots((ebpf ?? api)?.keys ?? {}) }),
    listeners: [...listenersOf(used), ...ownListeners(plan)],
    ...(limiter && {
      seriesLimit: {
        place: limiter.place,
        limit: limiter.keys.limit!,
        perResource: limiter.keys.limit_per_resource!,
      },
    }),
    podSources: used.flatMap(podSourcesOf),
    asks: used.flatMap(asksOf),
    hasSums: used.some(({ keys }) => (keys.aggregate_to ?? 'container') !== 'container'),
  }
}

const isEbpf = (plan: Plan) => (id: string) => plan.receivers.get(id)?.type === 'ebpf'

/** Those that a pipeline uses, and the extensions that run. */
function usedComponents(plan: Plan): Used[] {
  const kinds = ['receivers', 'processors', 'exporters'] as const
  const used = kinds.flatMap(kind =>
    [...new Set(plan.pipelines.flatMap(pipeline => pipeline[kind]))].flatMap(id => toUsed(plan, kind, id)),
  )
  return [...used, ...plan.runningExtensions.flatMap(id => toUsed(plan, 'extensions', id))]
}

function toUsed(
  plan: Plan,
  kind: 'receivers' | 'processors' | 'exporters' | 'extensions',
  id: string,
): Used[] {
  const planned = plan[kind].get(id) // a connector is in a list of receivers or exporters, and no such thing
  return planned
    ? [{ place: `${kind}::${id}`, type: planned.type, keys: (planned.config ?? {}) as Keys }]
    : []
}

function toCounting({ place, keys }: Used): CountingNeeds {
  return {
    place,
    latency: keys.latency!,
    sizes: {
      setsPerCpu: keys.table_sets!,
      ringBytes: keys.ring_size!,
      inflightSlots: keys.inflight_slots!,
    },
    queueBytes: keys.queue_size!,
    maxSeries: keys.max_series!,
    maxSeriesPerResource: keys.max_series_per_resource!,
    intervalMs: keys.collection_interval!,
    leavesOut: (keys.exclude?.length ?? 0) > 0 || keys.from !== 'all',
  }
}

function pickRoots({ root_path, proc_path, cgroup_path }: Keys): Partial<Parameters<typeof toRoots>[0]> {
  return { ...(root_path !== undefined && { root_path }), proc_path, cgroup_path }
}

const LISTENING = ['prometheus', 'charts', 'trace_api', 'health_check', 'zpages', 'pprof']

function listenersOf(used: readonly Used[]): Needs['listeners'] {
  return used.flatMap(({ place, type, keys }) => {
    const { use_v2: isSecond = false, http } = keys // of health_check, which listens at one of two
    const endpoint = isSecond ? http?.endpoint : keys.endpoint
    const isOurs = LISTENING.includes(type) && endpoint?.port !== undefined && endpoint.port > 0
    const key = isSecond ? 'http::endpoint' : 'endpoint'
    return isOurs ? [{ place: `${place}::${key}`, host: endpoint.host, port: endpoint.port }] : []
  })
}

function ownListeners({ telemetry }: Plan): Needs['listeners'] {
  const place = 'service::telemetry::metrics::readers'
  return telemetry.metrics.listeners
    .filter(({ port }) => port > 0)
    .map(({ host, port }) => ({ place, host, port }))
}

function podSourcesOf({ place, type, keys }: Used): PodSource[] {
  const own = type === 'k8s_attributes' && keys.passthrough !== true ? [toPodSource(place, keys)] : []
  const traced = type === 'ebpf' && keys.trace?.pods && !keys.trace.replay
  return [
    ...own,
    ...(traced ? [toPodSource(`${place}::trace::pods`, keys.trace.pods!)] : []),
    ...(type === 'trace_api' && keys.pods ? [toPodSource(`${place}::pods`, keys.pods)] : []),
  ]
}

function asksOf(component: Used): Needs['asks'] {
  const { type, keys } = component
  const pods = podSourcesOf(component).map(({ login, source }) => {
    const isNamed = type === 'k8s_attributes' && source !== 'cri'
    const objects = isNamed ? extractRights(keys.extract ?? {}, keys.aggregate_to) : []
    const consent = type === 'trace_api' ? [getRight('namespaces')] : []
    return { login, rights: [...podRights(source), ...objects, ...consent] }
  })
  const reviewer = type === 'trace_api' ? keys.auth?.kubernetes : undefined
  return reviewer ? [...pods, { login: toLogin(reviewer), rights: REVIEW_RIGHTS }] : pods
}

function toLogin({ auth_type = 'serviceAccount', kube_config_path, context }: Keys): PodSource['login'] {
  return { auth_type, kube_config_path, context }
}

function toPodSource(place: string, keys: Keys): PodSource {
  return {
    place,
    source: keys.source ?? 'watch',
    login: toLogin(keys),
    criEndpoint: keys.cri?.endpoint ?? 'unix:///run/containerd/containerd.sock',
  }
}
