/** Runs Debian's Prometheus on a free port, with its data in a folder that is removed with it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../kit/free-port.ts'
import { waitFor } from './kit/kubernetes/wait.ts'

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: number
}

export interface PrometheusServer extends AsyncDisposable {
  /** The server's process, for `/proc`. */
  readonly pid: number
  readonly url: string
  /** An instant query, as of now. */
  query(expression: string): Promise<Sample[]>
}

/** The server's targets and flags. */
interface ServerOptions {
  readonly target: string | readonly string[]
  readonly flags?: readonly string[]
  /** Five times a second if absent. */
  readonly intervalMs?: number
}

/** Resolves once it is ready to be asked. */
export async function startPrometheus(options: ServerOptions): Promise<PrometheusServer> {
  const { target, flags = [], intervalMs = 200 } = options
  const folder = mkdtempSync(join(tmpdir(), 'swoll-prometheus-'))
  const config = join(folder, 'prometheus.yml')
  writeFileSync(
    config,
    `global: {scrape_interval: ${intervalMs}ms, scrape_timeout: ${intervalMs}ms}
scrape_configs:
- {job_name: swoll, static_configs: [{targets: ${JSON.stringify([target].flat())}}]}
`,
  )
  const address = `127.0.0.1:${await freePort()}`
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=${address}`,
  ]
  const child = spawn('prometheus', [...args, ...flags], { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  child.stderr.on('data', chunk => {
    log += chunk
  })
  await waitFor('Prometheus to be ready', async () => {
    return child.exitCode !== null || (await fetch(`http://${address}/-/ready`)).ok
  })
  if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}:\n${log}`)
  return {
    pid: child.pid!,
    url: `http://${address}`,
    query: expression => query(address, expression),
    async [Symbol.asyncDispose]() {
      await stop(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function query(address: string, expression: string): Promise<Sample[]> {
  const url = `http://${address}/api/v1/query?query=${encodeURIComponent(expression)}`
  const answer = (await (await fetch(url)).json()) as {
    readonly error?: string
    readonly data: {
      readonly result: { readonly metric: Record<string, string>; readonly value: [number, string] }[]
    }
  }
  if (answer.error) throw new Error(`${expression}: ${answer.error}`)
  return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }))
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise(resolve => {
    child.once('exit', resolve)
  })
  if (child.exitCode === null && child.kill('SIGTERM')) await ended
}
