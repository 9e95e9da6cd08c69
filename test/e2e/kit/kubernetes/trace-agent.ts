/** An agent with the API for trace jobs, as a process of this machine that sees no cgroups but its node's. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import type { Pair } from '../../../kit/certificates.ts'
import { RunningCli, Scratch } from '../../../kit/cli.ts'
import { watching } from './agent.ts'
import type { Cluster } from './cluster.ts'
import type { Node } from './node.ts'
import { withinSight } from './node-cgroup.ts'

/** The port of the API, the same on every node. */
export const API_PORT = 9096

export interface TraceAgentOptions {
  /** The certificate of all agents. */
  readonly serving: Pick<Pair, 'certFile' | 'keyFile'>
  /** As whom it asks the API server. */
  readonly kubeconfig: string
  /** Gives sections to add to the configuration, or to replace there; `pods`: what says where pods come from. */
  readonly config?: (pods: object) => Readonly<Record<string, object>>
  /** Keys of the extension, likewise. */
  readonly api?: Readonly<Record<string, unknown>>
}

export class TraceAgent implements AsyncDisposable {
  readonly node: Node
  /** `address:port` of its API. */
  readonly endpoint: string
  readonly #scratch = new Scratch()
  readonly #config: string
  #swoll: RunningCli | undefined

  private constructor(cluster: Cluster, node: Node, options: TraceAgentOptions) {
    this.node = node
    this.endpoint = `${node.ownAddress}:${API_PORT}`
    mkdirSync(join(this.#scratch.path, 'jobs'))
    const config = toConfig(cluster, this, { ...options, folder: this.#scratch.path })
    this.#config = this.#scratch.write('agent.yaml', stringify(config))
  }

  /** Resolves when it serves. */
  static async start(cluster: Cluster, node: Node, options: TraceAgentOptions): Promise<TraceAgent> {
    const agent = new TraceAgent(cluster, node, options)
    await agent.start()
    return agent
  }

  /** Its process. */
  get pid(): number {
    return this.#swoll!.pid
  }

  /** All that it has logged since its last start. */
  get log(): string {
    return this.#swoll?.stderr ?? ''
  }

  /** Where persistent jobs are stored. */
  get jobsFolder(): string {
    return join(this.#scratch.path, 'jobs')
  }

  async start(): Promise<void> {
    await this.#begin().logged(/Everything is ready/)
  }

  /** Starts it, and kills it so soon that it may not have got far. */
  async killWhileStarting(afterMs: number): Promise<void> {
    this.#begin()
    await delay(afterMs)
    await this.kill()
  }

  /** Resolves when it has ended as it should. */
  async stop(): Promise<void> {
    this.#swoll?.kill('SIGTERM')
    assert.is(await this.#swoll?.ended(), 0, this.log)
  }

  /** Gives it no time for anything. */
  async kill(): Promise<void> {
    this.#swoll?.kill('SIGKILL')
    await this.#swoll?.ended()
  }

  #begin(): RunningCli {
    const wrapper = withinSight(this.node.cgroupRoot)
    this.#swoll = new RunningCli(['collector', '--config', this.#config], wrapper)
    return this.#swoll
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    this.#scratch[Symbol.dispose]()
  }
}

function toConfig(
  cluster: Cluster,
  { node, endpoint }: Pick<TraceAgent, 'node' | 'endpoint'>,
  { serving, kubeconfig, config, api, folder }: TraceAgentOptions & { readonly folder: string },
): object {
  const pods = watching(cluster, node, kubeconfig)
  const sections = config?.(pods)
  return {
    receivers: { ebpf: {} },
    exporters: { prometheus: { endpoint: `${node.ownAddress}:9095` } },
    extensions: {
      trace_api: {
        endpoint,
        tls: { cert_file: serving.certFile, key_file: serving.keyFile },
        auth: { kubernetes: { auth_type: 'kubeConfig', kube_config_path: kubeconfig } },
        pods,
        storage: { directory: join(folder, 'jobs') },
        ...api,
      },
    },
    ...sections,
    service: {
      extensions: ['trace_api'],
      telemetry: { metrics: { level: 'none' } },
      pipelines: { metrics: { receivers: ['ebpf'], exporters: ['prometheus'] } },
      ...sections?.service,
    },
  }
}
