/**
 * Trace jobs under load: an agent as shipped, a program that makes 200,000 calls a second, and clients that watch the job by WebSocket, a
 * fifth of them without reading. What those get that read, what the agent takes, and what the calls cost with one client and with 100. Then the
 * highest rate at which one job loses nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { JobStatus } from '../../trace/api/documents.ts'
import { Cgroup } from '../kernel/kit/cgroup.ts'
import { workloadPath } from '../kernel/kit/workload.ts'
import { freePorts } from '../kit/free-port.ts'
import { lacksBpf, requireAll } from '../kit/skip.ts'
import { build, builtPath, cpuSeconds, Helper, residentMiB } from './kit/process.ts'
import type { ClientReport } from './kit/stream-clients.ts'
import { toTable } from './kit/table.ts'

requireAll(lacksBpf())
build()

const SECONDS = Number(process.env.BENCH_SECONDS ?? 8)
const RATE = Number(process.env.BENCH_RATE ?? 200_000)
/** One of so many calls goes to the clients, so that two processors carry a hundred of them. */
const SAMPLE = Number(process.env.BENCH_SAMPLE ?? 400)
const RATES = (process.env.BENCH_RATES ?? '5000,10000,20000,40000,80000').split(',').map(Number)
const LAUNCHER = fileURLToPath(new URL('../../bin/swoll', import.meta.url))
const CLIENTS = fileURLToPath(new URL('./kit/stream-clients.ts', import.meta.url))
const LOOK_MS = 250

class JobAgent implements AsyncDisposable {
  readonly helper: Helper
  readonly address: string
  readonly #folder: string

  private constructor(helper: Helper, address: string, folder: string) {
    this.helper = helper
    this.address = address
    this.#folder = folder
  }

  static async start(): Promise<JobAgent> {
    const folder = mkdtempSync(join(tmpdir(), 'swoll-bench-'))
    const [port, ownPort] = (await freePorts(2)) as [number, number]
    const file = join(folder, 'agent.yaml')
    writeFileSync(
      file,
      `extensions: {trace_api: {endpoint: "127.0.0.1:${port}", limits: {clients: 128, clients_per_user: 128, requests_per_second: 1000}}}
receivers: {ebpf: {}}
exporters: {prometheus: {endpoint: "127.0.0.1:${port}"}}
service:
  extensions: [trace_api]
  pipelines: {metrics: {receivers: [ebpf], exporters: [prometheus]}}
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: localhost, port: ${ownPort}}}}}]}}
`,
    )
    const agent = new JobAgent(new Helper(LAUNCHER, ['collector', file]), `127.0.0.1:${port}`, folder)
    for (let n = 0; n < 300 && !(await agent.get('/jobs').catch(() => undefined)); n++) await delay(100)
    return agent
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(`http://${this.address}${path}`)
    return (await answer.json()) as T
  }

  async create(spec: object): Promise<string> {
    const body = JSON.stringify({
      from: 'all',
      comm: 'call-loop',
      syscalls: ['getppid'],
      rateLimit: 0,
      ...spec,
    })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`http://${this.address}/jobs`, { method: 'POST', headers, body })
    const { id } = (await answer.json()) as { id?: string }
    if (id === undefined) throw new Error(`the agent refused the job: ${answer.status}`)
    return id
  }

  async delete(id: string): Promise<void> {
    await fetch(`http://${this.address}/jobs/${id}`, { method: 'DELETE' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.helper.end('SIGTERM')
    rmSync(this.#folder, { recursive: true })
  }
}

interface Run {
  readonly status: JobStatus
  readonly clients: ClientReport
  readonly callNs: number
  readonly mostMiB: number
  readonly agentCpu: number
}

await using cgroup = Cgroup.create()
await using agent = await JobAgent.start()
const { pid } = agent.helper

/** Makes so many calls a second while clients watch a job. */
async function run(rate: number, spec: object, reading: number, stalled: number): Promise<Run> {
  const id = await agent.create(spec)
  const url = `ws://${agent.address}/jobs/${id}/ws`
  const clients = new Helper(process.execPath, [CLIENTS, url, String(reading), String(stalled)])
  await clients.line()
  const args = [builtPath('call-loop'), '1', String(rate * SECONDS), String(rate)]
  const loop = new Helper(workloadPath('enter-cgroup'), [cgroup.path, ...args])
  await delay(LOOK_MS)
  let mostMiB = 0
  let isOver = false
  const cpu = cpuSeconds(pid)
  loop.write('\n')
  const called = loop.line().then(text => {
    isOver = true
    return Number(text)
  })
  while (!isOver) {
    mostMiB = Math.max(mostMiB, residentMiB(pid))
    await delay(LOOK_MS)
  }
  const callNs = await called
  const agentCpu = (cpuSeconds(pid) - cpu) / SECONDS
  await delay(2000) // what is on its way arrives
  const status = await agent.get<JobStatus>(`/jobs/${id}/status`)
  clients.write('\n')
  const report = JSON.parse(await clients.line()) as ClientReport
  await clients.end()
  await loop.end()
  await agent.delete(id)
  return { status, clients: report, callNs, mostMiB, agentCpu }
}

const lossesOf = ({ lost }: JobStatus): string =>
  Object.entries(lost)
    .map(([reason, events]) => `${events} ${reason}`)
    .join(', ') || '0'

function toRow(name: string, { status, clients, callNs, mostMiB, agentCpu }: Run): string[] {
  const { got, missed, untold, bytes } = clients
  return [
    name,
    String(status.calls),
    lossesOf(status),
    got.length === 0 ? '-' : `${Math.min(...got)} to ${Math.max(...got)}`,
    String(missed),
    String(untold),
    `${(bytes / SECONDS / 2 ** 20).toFixed(1)}`,
    mostMiB.toFixed(0),
    agentCpu.toFixed(2),
    callNs.toFixed(0),
  ]
}

const HEAD = [
  'clients',
  'events',
  'lost by the job',
  'got by each that reads',
  'missed',
  'untold',
  'MiB/s sent',
  'agent MiB',
  'agent CPUs',
  'call CPU ns',
]
const sampled = { sampleRate: SAMPLE }
const idleMiB = residentMiB(pid)
await run(RATE, sampled, 1, 0) // the first job loads the programs
const rows = [
  toRow('none', await run(RATE, sampled, 0, 0)),
  toRow('1', await run(RATE, sampled, 1, 0)),
  toRow('80 and 20 that do not read', await run(RATE, sampled, 80, 20)),
  toRow('1 again', await run(RATE, sampled, 1, 0)),
]
const second = await agent.create(sampled)
rows.push(toRow('1, beside another job that wants the same', await run(RATE, sampled, 1, 0)))
await agent.delete(second)
process.stdout.write(
  `${RATE} calls a second for ${SECONDS} s, one of ${SAMPLE} of them for the clients. The agent took ${idleMiB.toFixed(0)} MiB before the first job.\n\n${toTable(HEAD, rows)}\n`,
)
const steps: string[][] = []
for (const rate of RATES) steps.push(toRow(`1, ${rate} events/s`, await run(rate, {}, 1, 0)))
process.stdout.write(`\nAll calls of one job, for one client:\n\n${toTable(HEAD, steps)}\n`)
