/** The agent as a process of this machine, and what it has counted of images/caller.c on a node of the tests. */
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import { parseSamples } from '../../../exporters/prometheus/parse-text.ts'
import { RunningCli, Scratch } from '../../../kit/cli.ts'
import { freePort } from '../../../kit/free-port.ts'
import type { Cluster } from './cluster.ts'
import { CALLER_SYSCALL } from './image.ts'
import type { Node } from './node.ts'
import { waitFor } from './wait.ts'

/** Calls by namespace/pod/container. */
type Calls = Readonly<Record<string, number>>

interface Series {
  /** Labels that OpenTelemetry's rules make of attributes: `k8s_pod_name`. */
  readonly labels: Readonly<Record<string, string>>
  readonly calls: number
  /** When counting began, in seconds since 1970. */
  readonly startedS: number
}

const ACCEPT = { accept: 'application/openmetrics-text; version=1.0.0' }
const LABELS = {
  k8s_namespace_name: 'k8s.namespace.name',
  k8s_pod_name: 'k8s.pod.name',
  k8s_pod_uid: 'k8s.pod.uid',
  k8s_node_name: 'k8s.node.name',
  k8s_container_name: 'k8s.container.name',
  container_id: 'container.id',
  container_image_name: 'container.image.name',
  container_image_tag: 'container.image.tag',
  systemd_unit: 'systemd.unit',
  process_linux_cgroup: 'process.linux.cgroup',
}
const HOST = /[{,](?:systemd_unit|process_linux_cgroup)=/
const CALLS = 'swoll_syscall_calls_total'

export class Agent implements Disposable {
  readonly #scratch = new Scratch()
  readonly #swoll: RunningCli
  readonly #ownPort: number

  private constructor(processor: object, ownPort: number) {
    this.#ownPort = ownPort
    const config = this.#scratch.write('agent.yaml', stringify(toConfig(processor, ownPort)))
    this.#swoll = new RunningCli(['collector', '--config', config])
  }

  /** Resolves when it counts; whether it knows any pod is another matter. `processor`: how k8s_attributes is configured. */
  static async start(processor: object): Promise<Agent> {
    const agent = new Agent(processor, await freePort())
    await agent.logged(/Everything is ready/)
    return agent
  }

  /** Resolves to the first match in the agent's log. */
  logged(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#swoll.logged(pattern)
  }

  /** Returns the series of all but the host's own processes, some of which may make the same call. */
  async series(): Promise<Series[]> {
    const [, url] = await this.logged(/(http:\/\/127\.0\.0\.1:\d+\/metrics)/)
    const samples = parseSamples(await (await fetch(url!, { headers: ACCEPT })).text(), true)
    return [...samples]
      .filter(
        ([key]) => key.startsWith(`${CALLS}{`) && key.includes(`"${CALLER_SYSCALL}"`) && !HOST.test(key),
      )
      .map(([key, value]) => ({
        labels: Object.fromEntries(
          [...key.matchAll(/[{,](\w+)="([^"]*)"/g)].map(([, name, text]) => [name, text]),
        ),
        calls: Number(value),
        startedS: Number(samples.get(key.replace('_total{', '_created{'))),
      }))
  }

  async calls(): Promise<Calls> {
    const calls: Record<string, number> = {}
    for (const { labels, calls: more } of await this.series()) {
      const key = ['namespace', 'pod', 'container'].map(kind => labels[`k8s_${kind}_name`] ?? '').join('/')
      calls[key] = (calls[key] ?? 0) + more
    }
    return sorted(calls)
  }

  /** Waits until the agent shows exactly these calls. */
  async shows(expected: Calls): Promise<void> {
    const wanted = JSON.stringify(sorted(expected))
    let last = {}
    await waitFor('the calls', async () => {
      last = await this.calls()
      return JSON.stringify(last) === wanted
    }).catch(() => assert.equal(last, sorted(expected)))
  }

  /** One of its own metrics, which has one series. */
  async own(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#ownPort}/metrics`)).text()
    for (const [key, value] of parseSamples(text)) if (key.startsWith(`${name}{`)) return Number(value)
    throw new Error(`no ${name} in:\n${text}`)
  }

  /** Resolves when it has ended as it should. */
  async stop(): Promise<void> {
    this.#swoll.kill('SIGTERM')
    assert.is(await this.#swoll.ended(), 0)
  }

  [Symbol.dispose](): void {
    this.#swoll[Symbol.dispose]()
    this.#scratch[Symbol.dispose]()
  }
}

/** Returns keys for an agent that logs in with this kubeconfig, by default as a user who may do everything. */
export function watching(
  cluster: Cluster,
  node: Pick<Node, 'name'>,
  kubeconfig = cluster.kubeconfig(),
): object {
  return { auth_type: 'kubeConfig', kube_config_path: kubeconfig, filter: { node: node.name } }
}

function toConfig(processor: object, ownPort: number): object {
  const own = { pull: { exporter: { prometheus: { host: '127.0.0.1', port: ownPort } } } }
  return {
    receivers: { ebpf: { collection_interval: '500ms' } },
    // A scrape of all calls would take seconds where there are many containers: runc makes calls in each of them too.
    processors: { k8s_attributes: processor, syscall: { include: { syscalls: [CALLER_SYSCALL] } } },
    exporters: {
      prometheus: {
        endpoint: '127.0.0.1:0',
        naming: 'otel',
        resource_labels: LABELS,
        created_series: true,
      },
    },
    service: {
      telemetry: { metrics: { readers: [own] } },
      pipelines: {
        metrics: {
          receivers: ['ebpf'],
          processors: ['k8s_attributes', 'syscall'],
          exporters: ['prometheus'],
        },
      },
    },
  }
}

export const sorted = (calls: Calls): Calls =>
  Object.fromEntries(Object.entries(calls).sort(([a], [b]) => (a < b ? -1 : 1)))
