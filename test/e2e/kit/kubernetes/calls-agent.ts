/** The agent that a test watches: it tells pods apart, and a scrape of it says how often each made the calls of images/caller.c. */
import { RunningCli, Scratch } from '../../../kit/cli.ts'
import { CALLER_SYSCALL } from './image.ts'
import { waitFor } from './wait.ts'

export interface CallsAgentOptions {
  readonly kubeconfig: string
  /** Whose pods it watches. */
  readonly node: string
}

const COUNT = 'swoll_node_metrics_syscall_count{'
const SYSCALL = `"sys_${CALLER_SYSCALL}"`

function toConfig({ kubeconfig, node }: CallsAgentOptions): string {
  return `
receivers: {ebpf: {collection_interval: 1s}}
processors:
  k8s_attributes: {auth_type: kubeConfig, kube_config_path: ${kubeconfig}, filter: {node: ${node}}}
  syscall: {include: {syscalls: [${CALLER_SYSCALL}]}} # a scrape of all would take seconds: runc makes calls in each container too
exporters: {prometheus: {endpoint: '127.0.0.1:0'}}
service:
  telemetry: {metrics: {level: none}}
  pipelines: {metrics: {receivers: [ebpf], processors: [k8s_attributes, syscall], exporters: [prometheus]}}
`
}

export class CallsAgent implements Disposable {
  readonly #scratch = new Scratch()
  readonly #swoll: RunningCli

  constructor(options: CallsAgentOptions) {
    const config = this.#scratch.write('agent.yaml', toConfig(options))
    this.#swoll = new RunningCli(['collector', '--config', config])
  }

  /** Calls by `namespace/pod/container`, as a scrape gives them. */
  async calls(): Promise<Record<string, number>> {
    const [, url] = await this.#swoll.logged(/(http:\/\/127\.0\.0\.1:\d+\/metrics)/)
    await this.#swoll.logged(/Everything is ready/)
    const text = await (await fetch(url!)).text()
    const calls: Record<string, number> = {}
    for (const line of text.split('\n')) {
      if (!line.startsWith(COUNT) || !line.includes(SYSCALL)) continue
      const label = (name: string) => new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1] ?? ''
      const key = `${label('namespace')}/${label('pod')}/${label('container')}`
      calls[key] = (calls[key] ?? 0) + Number(line.slice(line.lastIndexOf(' ')))
    }
    return calls
  }

  /** Waits until the calls are these, and no others; gives what they were last. */
  async settled(expected: Readonly<Record<string, number>>): Promise<Record<string, number>> {
    const wanted = JSON.stringify(sorted(expected))
    let last = {}
    await waitFor('the calls', async () => {
      last = sorted(await this.calls())
      return JSON.stringify(last) === wanted
    }).catch(() => undefined)
    return last
  }

  [Symbol.dispose](): void {
    this.#swoll[Symbol.dispose]()
    this.#scratch[Symbol.dispose]()
  }
}

export const sorted = (calls: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(calls).sort(([a], [b]) => (a < b ? -1 : 1)))
