/** `swoll server`: the calls of a known workload over WebSocket and Server-Sent Events, through a reload, and its end. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import WebSocket from 'ws'
import { waitFor } from '../e2e/kit/kubernetes/wait.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import { freePorts } from '../kit/free-port.ts'
import { lacksBpf, lacksRoot, requireAll } from '../kit/skip.ts'
import { Cgroup } from './kit/cgroup.ts'
import { runWorkload } from './kit/workload.ts'

requireAll(lacksBpf(), lacksRoot())

/** So few that the buffer of a job has them all twice, 4 MiB. */
const [THREADS, CALLS] = [3, 401]
/** As the original: no longer than this after SIGTERM. */
const END_MS = 15_000
const SPEC = { from: 'all', syscalls: ['getppid'], comm: 'threads', rateLimit: 0 }

interface Message {
  readonly type: string
  readonly seq: number
  readonly tid: number
  readonly start: number
  /** Of what is lost. */
  readonly calls: number
  readonly reason: string
}

/** All messages that come over a WebSocket, until it is closed with this code. */
async function watch(url: string) {
  const socket = new WebSocket(url)
  const messages: Message[] = []
  let run = ''
  socket.on('upgrade', ({ headers }) => {
    run = String(headers['swoll-run'])
  })
  socket.on('message', data => messages.push(JSON.parse(String(data))))
  const closed = new Promise<number>(resolve => socket.once('close', resolve))
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return { messages, closed, cursor: () => `${run}:${messages.at(-1)?.seq ?? 0}` }
}

/** The same over Server-Sent Events, until `count` calls have come. */
async function readEvents(url: string, count: number): Promise<Message[]> {
  const abort = new AbortController()
  const answer = await fetch(url, { signal: abort.signal })
  const messages: Message[] = []
  let text = ''
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const parts = text.split('\n\n')
    text = parts.pop()!
    for (const part of parts) {
      const data = /^data: (.*)$/m.exec(part)?.[1]
      if (data) messages.push(JSON.parse(data))
    }
    if (heard(messages) >= count) break
  }
  abort.abort()
  return messages
}

const callsOf = (messages: readonly Message[]): Message[] => messages.filter(({ type }) => type === 'call')

/** Calls that came, and those that a busy kernel had no memory for: one of a thread at most. */
function heard(messages: readonly Message[]): number {
  const lost = messages.filter(({ type, reason }) => type === 'lost' && reason === 'no_memory')
  const calls = lost.reduce((sum, { calls }) => sum + calls, 0)
  assert.ok(calls <= 2 * THREADS, `${calls} are lost`)
  return callsOf(messages).length + calls
}

function assertComplete(messages: readonly Message[], calls: number): void {
  assert.equal(
    messages.map(({ seq }) => seq),
    messages.map((_, i) => i + 1),
  )
  assert.is(heard(messages), calls)
  for (const own of Map.groupBy(callsOf(messages), ({ tid }) => tid).values())
    assert.equal(
      own.map(({ start }) => start),
      own.map(({ start }) => start).sort((a, b) => a - b),
      'in the order of its thread',
    )
}

const s = suite('swoll server')
s('gives each call once, over a reload too, and ends in time (J9, S7)', async () => {
  await using cgroup = Cgroup.create()
  using scratch = new Scratch()
  const [port, own] = (await freePorts(2)) as [number, number]
  const more = `{service: {telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: localhost, port: ${own}}}}}]}}}}`
  const path = scratch.write('more.yaml', more)
  using server = new RunningCli(['server', '-l', `127.0.0.1:${port}`, '-c', path])
  await server.logged(/Everything is ready/)
  const url = `http://127.0.0.1:${port}`
  const made = await fetch(`${url}/jobs?id=a`, { method: 'POST', body: JSON.stringify(SPEC) })
  assert.is(made.status, 201, await made.text())
  const first = await watch(`${url.replace('http', 'ws')}/jobs/a/ws`)
  const work = async () => {
    const { expected } = await runWorkload(cgroup, 'threads', `${THREADS}`, `${CALLS}`)
    return expected.find(({ syscall }) => syscall === 'getppid')!.calls
  }
  const once = await work()
  await waitFor('all calls', async () => heard(first.messages) >= once)
  assertComplete(first.messages, once)

  scratch.write('more.yaml', `${more.slice(0, -1)}, extensions: {trace_api: {limits: {clients: 99}}}}`)
  server.kill('SIGHUP')
  await server.logged(/The configuration is applied/)
  assert.is(await first.closed, 1001, 'told to come back')
  const second = await watch(`${url.replace('http', 'ws')}/jobs/a/ws?after=${first.cursor()}`)
  const twice = once + (await work())
  await waitFor('all calls', async () => heard([...first.messages, ...second.messages]) >= twice)
  assertComplete([...first.messages, ...second.messages], twice)
  assertComplete(await readEvents(`${url}/jobs/a/sse?after=x:0`, twice), twice)
  await waitFor('metrics of the calls', async () =>
    /syscall_count\{.*getppid/.test(await (await fetch(`${url}/metrics`)).text()),
  )

  const startMs = performance.now()
  server.kill('SIGTERM')
  assert.is(await server.ended(), 0, server.stderr)
  assert.ok(performance.now() - startMs < END_MS)
  assert.is(await second.closed, 1001)
  assert.match(server.stdout, /"POST \/jobs\?id=a HTTP\/1\.1" 201 \d+\n/)
  assert.match(server.stdout, /"GET \/jobs\/a\/ws HTTP\/1\.1" 101 -\n/)
})
s.run()
