/** What the API of trace jobs costs an agent in memory: off, on and never asked, asked, and with clients. */
import { setTimeout as delay } from 'node:timers/promises'
import WebSocket from 'ws'
import { lacksBpf, requireAll } from '../kit/skip.ts'
import { Agent } from './kit/agent.ts'
import { build } from './kit/process.ts'
import { toTable } from './kit/table.ts'

requireAll(lacksBpf())

/** By then the agent has given back the memory of its start, and has collected and been scraped. */
const SETTLED_MS = 30_000
const CLIENTS = 100
const SERIES = 20_000

/** Resident memory after some time without requests but scrapes. */
async function settle(agent: Agent): Promise<number> {
  await delay(SETTLED_MS)
  await agent.scrape()
  await delay(1000)
  return agent.residentMiB()
}

async function ask(agent: Agent, path: string, init: RequestInit = {}): Promise<void> {
  const answer = await fetch(`${agent.url}${path}`, init)
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  await answer.text()
}

async function watch(agent: Agent, path: string): Promise<WebSocket> {
  const socket = new WebSocket(`${agent.url.replace(/^http/, 'ws')}${path}`)
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return socket
}

build()
const rows: (readonly [string, number])[] = []
{
  await using agent = await Agent.start({ series: SERIES })
  rows.push(['without the API', await settle(agent)])
}
{
  await using agent = await Agent.start({ series: SERIES, api: { limits: { clients_per_user: CLIENTS } } })
  rows.push(['with it, never asked', await settle(agent)])
  for (const path of ['/jobs', '/syscalls', '/openapi.json', '/api', '/trace']) await ask(agent, path)
  rows.push(['asked for everything but a job', await settle(agent)])
  const body = JSON.stringify({ from: 'all', syscalls: ['swapoff'] })
  await ask(agent, '/jobs?id=a', { method: 'POST', body })
  rows.push(['one job, nobody watches', await settle(agent)])
  const clients: WebSocket[] = []
  for (let i = 0; i < CLIENTS; i++) clients.push(await watch(agent, '/jobs/a/ws'))
  rows.push([`one job, ${CLIENTS} WebSockets`, await settle(agent)])
  for (const client of clients) client.terminate()
  await ask(agent, '/jobs/a', { method: 'DELETE' })
  await delay(60_000) // the kernel side is let go
  rows.push(['without jobs again', await settle(agent)])
}
const [[, base]] = rows as [readonly [string, number]]
process.stdout.write(`Resident memory of an idle agent, MiB. Goal: at most 15 more with the API on and idle.

${toTable(
  ['', 'MiB', 'more'],
  rows.map(([what, mib]) => [what, mib.toFixed(1), (mib - base).toFixed(1)]),
)}
`)
