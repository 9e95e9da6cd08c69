/** What a page talks to: its own files, made-up numbers, and the real API of an agent behind them. */
import { readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { statsAbout } from '../../stats/api/about.ts'
import { comparison } from '../../stats/api/comparison.ts'
import { DIMENSIONS, type Dimension } from '../../stats/api/dimensions.ts'
import { latencyMap } from '../../stats/api/latency.ts'
import { statsTable } from '../../stats/api/table.ts'
import { type Rig, startApi } from '../extensions/trace_api/kit.ts'
import {
  answerComparison,
  answerLatency,
  answerTable,
  INTERVAL_MS,
  MARKUP,
  NOW_MS,
  type Question,
} from './numbers.ts'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
const TYPES: Readonly<Record<string, string>> = {
  'charts.js': 'text/javascript; charset=utf-8',
  'charts.css': 'text/css; charset=utf-8',
}

export interface FakeAgent extends AsyncDisposable {
  readonly url: string
  readonly rig: Rig
  /** Other than usual: nothing was counted, or nothing is answered. */
  mode: 'usual' | 'empty' | 'failing'
  token: string
  services: { api: boolean; stuck: boolean; seen: boolean }
  nowMs: number
  /** Numbers of this pod are left out. */
  hiddenPod: string | undefined
  /** Bytes of the files and documents that were sent, as sent. */
  sentBytes: number
}

export async function startFakeAgent(): Promise<FakeAgent> {
  const rig = await startApi()
  const server = http.createServer((request, response) => answer(agent, request, response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const agent: FakeAgent = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rig,
    mode: 'usual',
    token: '',
    services: { api: true, stuck: true, seen: false },
    nowMs: NOW_MS,
    hiddenPod: undefined,
    sentBytes: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await rig[Symbol.asyncDispose]()
    },
  }
  return agent
}

function answer(agent: FakeAgent, request: http.IncomingMessage, response: http.ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url!, agent.url)
  if (!pathname.startsWith('/metrics/charts')) {
    if (pathname === '/stuck') send(agent, response, { json: inFlight() })
    else passOn(agent, request, response)
    return
  }
  const name = pathname.replace(/^\/metrics\/charts\/?/, '')
  if (name in TYPES)
    send(agent, response, { text: readFileSync(`web/build/${name}`, 'utf8'), type: TYPES[name]! })
  else if (name.startsWith('data/')) {
    if (agent.mode === 'failing') response.destroy()
    else send(agent, response, toData(agent, request, { name: name.slice(5), values: searchParams }))
  } else {
    const base = `${'../'.repeat(pathname.split('/').length - 2)}metrics/charts/`
    const text = readFileSync('web/build/index.html', 'utf8').replaceAll('{{base}}', base)
    send(agent, response, { text, type: 'text/html; charset=utf-8' })
  }
}

interface Sent {
  readonly status?: number
  readonly json?: object
  readonly text?: string
  readonly type?: string
}

function send(
  agent: FakeAgent,
  response: http.ServerResponse,
  { status = 200, json, text, type }: Sent,
): void {
  const document = text ?? JSON.stringify(json)
  const isPacked = String(response.req.headers['accept-encoding'] ?? '').includes('gzip')
  const body = isPacked ? gzipSync(document) : Buffer.from(document)
  agent.sentBytes += body.length
  const headers = {
    'content-type': type ?? 'application/json',
    ...(isPacked && { 'content-encoding': 'gzip' }),
  }
  response.writeHead(status, { ...headers, 'content-security-policy': POLICY }).end(body)
}

interface Data {
  readonly name: string
  readonly values: URLSearchParams
}

function toData(agent: FakeAgent, request: http.IncomingMessage, { name, values }: Data): Sent {
  if (name === 'about') return { json: statsAbout.parse(about(agent)) }
  if (agent.token !== '' && request.headers.authorization !== `Bearer ${agent.token}`)
    return { status: 401, json: { error: 'a login is needed' } }
  const question = toQuestion(agent, values, '')
  if (name === 'table') return { json: statsTable.parse(answerTable(question)) }
  if (name === 'latency') return { json: latencyMap.parse(answerLatency(question)) }
  const before = toQuestion(agent, values, 'before.')
  const where = { ...question.where, ...before.where }
  const hasOther = Object.keys(before.where).length > 0
  const endMs = values.has('before.end') ? before.endMs : question.endMs - (hasOther ? 0 : question.windowMs)
  return { json: comparison.parse(answerComparison(question, { ...question, where, endMs })) }
}

function about({ mode, services, nowMs, token }: FakeAgent): object {
  const endMs = mode === 'empty' ? 0 : nowMs
  const times = { intervalMs: INTERVAL_MS, endMs, oldestMs: endMs && endMs - 3_600_000 }
  return { node: 'node-a', version: '0.1.0', ...times, isTimed: true, needsLogin: token !== '', services }
}

function toQuestion(
  { mode, nowMs, hiddenPod }: FakeAgent,
  values: URLSearchParams,
  prefix: string,
): Question {
  const read = (name: string) => values.get(`${prefix}${name}`)
  const where = Object.fromEntries(
    DIMENSIONS.flatMap(each => {
      const list = values.getAll(`${prefix}where.${each}`)
      return list.length > 0 ? [[each, list]] : []
    }),
  )
  return {
    by: (read('by') ?? 'namespace').split(',') as Dimension[],
    windowMs: Number.parseInt(read('window') ?? '60s', 10) * 1000,
    endMs: Number(read('end') ?? nowMs),
    where: mode === 'empty' ? { node: ['nobody'] } : where,
    show: read('show') ?? 'all',
    sort: read('sort') ?? 'calls',
    limit: Number(read('limit') ?? 1000),
    points: Number(read('points') ?? 0),
    hiddenPod,
  }
}

function inFlight(): object {
  const thread = (at: number, name: string, more: object) => ({
    container: {
      id: 'c0ffee',
      name: 'app',
      pod: 'web-7d9f-x2x4p',
      namespace: 'shop',
      pod_uid: null,
      image: null,
      labels: {},
    },
    unit: null,
    cgroup: null,
    pid: 4100 + at,
    vpid: 1 + at,
    tid: 4100 + at,
    comm: at === 1 ? MARKUP.slice(0, 15) : 'server',
    syscall: { name, nr: 202, class: 'Process', group: 'Locks', abi: 'x86-64' },
    args: {
      fd: { type: 'int', raw: 3, text: '3</run/lock/a>' },
      operation: { type: 'int', raw: 2, text: 'LOCK_EX' },
    },
    forNs: 5e9 * (10 - at) ** 2,
    isAtLeast: at % 3 === 0,
    isWaiting: name === 'futex',
    ...more,
  })
  const threads = ['flock', 'read', 'futex', 'recvfrom'].map((name, i) => thread(i, name, {}))
  return { node: 'node-a', time: '2026-01-15T12:00:00Z', threads, total: 7, missed: { ended: 1 } }
}

function passOn({ rig }: FakeAgent, request: http.IncomingMessage, response: http.ServerResponse): void {
  const { method, headers, url } = request
  const onward = http.request(`${rig.url}${url}`, { method: method!, headers, agent: false }, found => {
    response.writeHead(found.statusCode!, found.headers)
    found.pipe(response)
  })
  onward.on('error', () => response.destroy())
  response.on('close', () => onward.destroy())
  request.pipe(onward)
}
