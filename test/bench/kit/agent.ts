/** The agent as shipped, running: its memory and processor time as the kernel accounts them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePorts } from '../../kit/free-port.ts'
import { cpuSeconds, Helper, residentMiB } from './process.ts'

const LAUNCHER = fileURLToPath(new URL('../../../bin/swoll', import.meta.url))
const START_LIMIT_MS = 60_000

interface AgentOptions {
  /** The number of series for which the agent has room. */
  readonly series: number
  /** Between two collections; 10s if absent. */
  readonly interval?: string
  /** Keys of a k8s_attributes processor; absent: without one. */
  readonly pods?: object
  /** Keys of an exporter `charts`, which shares the port of the metrics; absent: without one. */
  readonly charts?: object
  /** Keys of the API, which shares the port of the metrics; absent: without it. */
  readonly api?: object
}

export class Agent implements AsyncDisposable {
  readonly #helper: Helper
  readonly #folder: string
  /** Of its listener. */
  readonly url: string
  /** Of its own metrics. */
  readonly #ownUrl: string

  private constructor(helper: Helper, folder: string, { url, ownUrl }: { url: string; ownUrl: string }) {
    this.#helper = helper
    this.#folder = folder
    this.url = url
    this.#ownUrl = ownUrl
  }

  /** Starts the preset's pipeline, and waits until it serves metrics. */
  static async start({ series, interval = '10s', pods, charts, api }: AgentOptions): Promise<Agent> {
    const folder = mkdtempSync(join(tmpdir(), 'swoll-bench-'))
    const [port, ownPort] = (await freePorts(2)) as [number, number]
    const file = join(folder, 'agent.yaml')
    const endpoint = `127.0.0.1:${port}`
    const exporters = { prometheus: { endpoint }, ...(charts && { charts: { endpoint, ...charts } }) }
    const processors = [...(pods ? ['k8s_attributes'] : []), 'syscall', 'cardinality_limit']
    writeFileSync(
      file,
      `receivers: {ebpf: {collection_interval: ${interval}, latency: exact, max_series: ${series}, max_series_per_resource: ${series}}}
processors: {${pods ? `k8s_attributes: ${JSON.stringify(pods)}, ` : ''}syscall: {}, cardinality_limit: {limit: ${series}, limit_per_resource: ${series}}}
exporters: ${JSON.stringify(exporters)}
${api ? `extensions: {trace_api: ${JSON.stringify({ endpoint, ...api })}}\n` : ''}service:
${api ? '  extensions: [trace_api]\n' : ''}  pipelines: {metrics: {receivers: [ebpf], processors: [${processors.join()}], exporters: [${Object.keys(exporters).join()}]}}
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: localhost, port: ${ownPort}}}}}]}}
`,
    )
    const helper = new Helper(LAUNCHER, ['collector', '--config', file])
    const urls = { url: `http://${endpoint}`, ownUrl: `http://localhost:${ownPort}/metrics` }
    const agent = new Agent(helper, folder, urls)
    try {
      await agent.#awaitMetrics()
    } catch (error) {
      await agent[Symbol.asyncDispose]()
      throw error
    }
    return agent
  }

  /** The exposition, compressed on the wire as a Prometheus server asks for it. */
  async scrape(): Promise<string> {
    const answer = await fetch(`${this.url}/metrics`, { headers: { 'accept-encoding': 'gzip' } })
    return answer.text()
  }

  get pid(): number {
    return this.#helper.pid
  }

  /** Of its own metrics, the values of gauges and counters without labels of theirs, by name. */
  async ownMetrics(): Promise<ReadonlyMap<string, number>> {
    const text = await (await fetch(this.#ownUrl)).text()
    const lines = text.matchAll(/^(\w+)(?:\{[^}]*\})? (\S+)/gm)
    return new Map(Array.from(lines, ([, name, value]) => [name!, Number(value)] as const))
  }

  residentMiB(): number {
    return residentMiB(this.#helper.pid)
  }

  cpuSeconds(): number {
    return cpuSeconds(this.#helper.pid)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#helper.end('SIGTERM')
    rmSync(this.#folder, { recursive: true })
  }

  async #awaitMetrics(): Promise<void> {
    for (const start = performance.now(); performance.now() - start < START_LIMIT_MS; await delay(250)) {
      const text = await this.scrape().catch(() => '')
      if (text.includes('swoll_node_metrics_syscall_count{')) return
    }
    throw new Error(`the agent serves no metrics after ${START_LIMIT_MS / 1000} s\n${this.#helper.errors}`)
  }
}
