/** The agent as shipped, running: its memory and processor time as the kernel accounts them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePorts } from '../../kit/free-port.ts'
import { Helper } from './process.ts'

const LAUNCHER = fileURLToPath(new URL('../../../bin/swoll', import.meta.url))
const CLOCK_TICKS = 100
const START_LIMIT_MS = 60_000

export class Agent implements AsyncDisposable {
  readonly #helper: Helper
  readonly #folder: string
  readonly #url: string

  private constructor(helper: Helper, folder: string, url: string) {
    this.#helper = helper
    this.#folder = folder
    this.#url = url
  }

  /** Starts the preset's pipeline with room for `series` series, and waits until it serves metrics. */
  static async start(series: number): Promise<Agent> {
    const folder = mkdtempSync(join(tmpdir(), 'swoll-bench-'))
    const [port, ownPort] = (await freePorts(2)) as [number, number]
    const file = join(folder, 'agent.yaml')
    writeFileSync(
      file,
      `receivers: {ebpf: {collection_interval: 10s, latency: exact, max_series: ${series}, max_series_per_resource: ${series}}}
processors: {syscall: {}, cardinality_limit: {limit: ${series}, limit_per_resource: ${series}}}
exporters: {prometheus: {endpoint: 127.0.0.1:${port}}}
service:
  pipelines: {metrics: {receivers: [ebpf], processors: [syscall, cardinality_limit], exporters: [prometheus]}}
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: localhost, port: ${ownPort}}}}}]}}
`,
    )
    const helper = new Helper(LAUNCHER, ['collector', '--config', file])
    const agent = new Agent(helper, folder, `http://127.0.0.1:${port}/metrics`)
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
    const answer = await fetch(this.#url, { headers: { 'accept-encoding': 'gzip' } })
    return answer.text()
  }

  residentMiB(): number {
    const status = readFileSync(`/proc/${this.#helper.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024
  }

  /** Processor time of all threads so far, by where it was spent. BPF programs run in, and are billed to, the callers. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#helper.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS
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
