/** The API of an agent over a kernel side that a test writes. */
import http from 'node:http'
import WebSocket from 'ws'
import { config } from '../../../extensions/trace_api/config.ts'
import { TraceApi } from '../../../extensions/trace_api/extension.ts'
import type { Services } from '../../../pipeline/services.ts'
import type { TableLimits } from '../../../trace/jobs/room.ts'
import type { TableOptions } from '../../../trace/jobs/table.ts'
import { createContext, nopHost, recordingLogger, recordingMeter } from '../../kit/context.ts'
import { close, fakeTable, who } from '../../trace/jobs/fake-machine.ts'
import { ring } from '../../trace/session/fake-tracing.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
type Json = any

export interface Answered {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
  /** Of JSON. */
  readonly body: Json
}

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export type Rig = Awaited<ReturnType<typeof startApi>>

interface Parts {
  readonly given?: object
  readonly limits?: Partial<TableLimits>
  readonly table?: Partial<TableOptions>
  /** Of the process that the API is in. */
  readonly services?: Services
}

export const JOB = { syscalls: ['close'] }

/** Of all that the node does: a job of its own calls. */
export async function startApi({ given = {}, limits, table: more, services }: Parts = {}) {
  const rig = fakeTable(limits, more)
  const { table, tracing, clock, look, state } = rig
  const log = recordingLogger()
  const meter = recordingMeter()
  const api = new TraceApi(
    createContext(config.parse({ endpoint: '127.0.0.1:0', ...given }), {
      id: 'trace_api',
      log,
      meter: meter.meter,
    }),
    async () => ({ value: table, release: async abort => void (await table.close(abort)) }),
    clock,
  )
  await api.start(nopHost(services), new AbortController().signal)
  const { host, port } = api.endpoint!
  const url = `http://${host}:${port}`
  const ask = (path: string, asked: Asked = {}) => request(`${url}${path}`, asked)
  let endNs = 0
  return {
    ...rig,
    api,
    log,
    meter,
    url,
    ask,
    /** So many calls, which each job sees at the next look. */
    async makeCalls(count: number, jobs = 1n): Promise<void> {
      const ends = Array.from({ length: count }, (_, i) => endNs + 10 * (i + 1))
      endNs += 10 * count
      state.nowNs = BigInt(endNs + 1)
      tracing.rings = [ring(who, ...ends.map(end => close(end, jobs)))]
      await look()
    },
    async createJob(id: string, body: object = JOB): Promise<Answered> {
      return ask(`/jobs?id=${id}`, { method: 'POST', body: { from: 'all', ...body } })
    },
    async [Symbol.asyncDispose]() {
      await api.shutdown(AbortSignal.abort())
    },
  }
}

function request(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method, headers, agent: false }, async answer => {
      const chunks: Buffer[] = []
      for await (const chunk of answer) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString()
      const isJson = answer.headers['content-type']?.includes('json') && text !== ''
      resolve({
        status: answer.statusCode!,
        headers: answer.headers,
        text,
        body: isJson ? JSON.parse(text) : undefined,
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
  })
}

interface Opened {
  readonly headers?: Readonly<Record<string, string>>
}

/** A WebSocket, its messages as they come, and how it ended. */
export async function openWebSocket(url: string, { headers = {} }: Opened = {}) {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers })
  const messages: Json[] = []
  const pings: number[] = []
  let answered: http.IncomingMessage | undefined
  socket.on('upgrade', response => {
    answered = response
  })
  socket.on('message', data => messages.push(JSON.parse(String(data))))
  socket.on('ping', () => pings.push(1))
  const closed = new Promise<number>(resolve => socket.on('close', code => resolve(code)))
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return { socket, messages, pings, closed, headers: answered!.headers }
}

/** The status with which an upgrade is refused. */
export function refusedUpgrade(url: string, { headers = {} }: Opened = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers })
    socket.once('unexpected-response', (_, response) => {
      resolve(response.statusCode!)
      socket.terminate()
    })
    socket.once('open', () => reject(new Error('the upgrade was not refused')))
    socket.on('error', () => {})
  })
}

/** Server-Sent Events as they come. */
export async function openEvents(url: string, { headers = {} }: Opened = {}) {
  const events: { id: string | undefined; data: Json }[] = []
  let text = ''
  const sent = http.request(url, { headers, agent: false })
  sent.end()
  const [response] = await new Promise<[http.IncomingMessage]>((resolve, reject) =>
    sent.once('response', answer => resolve([answer])).once('error', reject),
  )
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    const parts = text.split('\n\n')
    text = parts.pop()!
    for (const part of parts) {
      const fields = new Map(
        part.split('\n').map(line => line.split(/: (.*)/s).slice(0, 2) as [string, string]),
      )
      const data = fields.get('data')
      if (data !== undefined) events.push({ id: fields.get('id'), data: JSON.parse(data) })
    }
  })
  const closed = new Promise<void>(resolve => response.once('close', () => resolve()))
  return { response, events, closed, abort: () => sent.destroy() }
}
