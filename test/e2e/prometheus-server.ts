/** Runs Debian's Prometheus, or a newer one, on a free port, with its data in a folder that is removed with it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../kit/free-port.ts'
import { GoProgram } from '../kit/go-program.ts'
import type { Lack } from '../kit/skip.ts'
import { waitFor } from './kit/kubernetes/wait.ts'

interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value: number
}

export interface PrometheusServer extends AsyncDisposable {
  /** Where it listens, as host:port. */
  readonly address: string
  /** The server's process, for `/proc`. */
  readonly pid: number
  readonly url: string
  /** An instant query, as of now. */
  query(expression: string): Promise<Sample[]>
}

/** Prometheus 3, built once with Go from the module proxy (50 s on two cores after test/kit/otlp-prometheus.ts, which shares most of it). */
const THREE = new GoProgram({
  name: 'prometheus',
  folder: join(import.meta.dirname, '../fixtures/prometheus'),
  package: 'github.com/prometheus/prometheus/cmd/prometheus',
  tags: 'remove_all_sd',
})

/** Returns why it cannot be built here. Downloads its modules if they are missing. */
export function lacksPrometheusThree(): Lack {
  return THREE.lacks()
}

/** The server's targets and flags. */
interface ServerOptions {
  readonly target?: string | readonly string[]
  /** Absent: one job `swoll` for the targets. */
  readonly config?: object
  readonly flags?: readonly string[]
  /** Absent: Debian's. */
  readonly version?: 3
  /** Five times a second if absent. */
  readonly intervalMs?: number
}

/** Resolves once it is ready to be asked. */
export async function startPrometheus(options: ServerOptions): Promise<PrometheusServer> {
  const { flags = [] } = options
  const folder = mkdtempSync(join(tmpdir(), 'swoll-prometheus-'))
  const config = join(folder, 'prometheus.yml')
  writeFileSync(config, JSON.stringify(options.config ?? scrapeOf(options))) // YAML takes JSON.
  const address = `127.0.0.1:${await freePort()}`
  const args = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${folder}/data`,
    `--web.listen-address=${address}`,
  ]
  const child = spawn(options.version === 3 ? THREE.path() : 'prometheus', [...args, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', chunk => {
    log += chunk
  })
  await waitFor('Prometheus to be ready', async () => {
    return child.exitCode !== null || (await fetch(`http://${address}/-/ready`)).ok
  })
  if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}:\n${log}`)
  return {
    address,
    pid: child.pid!,
    url: `http://${address}`,
    query: expression => query(address, expression),
    async [Symbol.asyncDispose]() {
      await stop(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function scrapeOf({ target, intervalMs = 200 }: ServerOptions): object {
  const interval = `${intervalMs}ms`
  return {
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: [{ job_name: 'swoll', static_configs: [{ targets: [target].flat() }] }],
  }
}

async function query(address: string, expression: string): Promise<Sample[]> {
  const url = `http://${address}/api/v1/query?query=${encodeURIComponent(expression)}`
  const answer = (await (await fetch(url)).json()) as {
    readonly error?: string
    readonly data: {
      readonly result: { readonly metric: Record<string, string>; readonly value?: [number, string] }[]
    }
  }
  if (answer.error) throw new Error(`${expression}: ${answer.error}`)
  return answer.data.result.map(({ metric, value }) => ({ metric, value: Number(value?.[1]) }))
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise(resolve => {
    child.once('exit', resolve)
  })
  if (child.exitCode === null && child.kill('SIGTERM')) await ended
}
