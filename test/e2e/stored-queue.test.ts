/**
 * A sending queue on disk whose process is killed at any moment, whose disk is full, whose folder another process has. An OTLP server counts:
 * what an exporter has taken arrives, and how often. `node test/e2e/stored-queue.test.ts [kills]`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scratch } from '../extensions/file_storage/kit.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import { eventually } from '../kit/consumers.ts'
import { toOtlpPoints } from '../kit/otlp.ts'
import { decodeLogs, toOtlpLogRecords } from '../kit/otlp-events.ts'
import { type OtlpServer, type Reply, startOtlpServer } from '../kit/otlp-server.ts'
import { seeded } from '../kit/random.ts'
import { lacksBpf, lacksFile, lacksPrivateMounts, lacksRoot, when } from '../kit/skip.ts'

const KILLS = Number(process.argv[2] ?? 5)
const PROGRAM = join(import.meta.dirname, 'kit/queue-writer.ts')
const DOWN: Reply = { code: 14, details: 'away' }

/** A running queue-writer. Disposing of it kills it. */
class Writer {
  readonly #child: ChildProcess
  readonly taken: number[] = []
  /** The number after the last one that was offered. */
  next: number
  lines: string[] = []
  stderr = ''

  constructor(port: number, folder: string, from: number, wrapper: readonly string[] = []) {
    this.next = from
    const [command, ...args] = [...wrapper, process.execPath, PROGRAM, `${port}`, folder, `${from}`]
    this.#child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    let rest = ''
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      for (const line of lines) this.#read(line)
    })
  }

  #read(line: string): void {
    const [what, number] = line.split(' ')
    if (what === 'took') this.taken.push(Number(number))
    else if (what === 'offered') this.next = Number(number)
    else this.lines.push(line)
  }

  say(command: string): void {
    this.#child.stdin!.write(`${command}\n`)
  }

  /** Resolves to the line that it writes once the command is done. */
  async does(command: string): Promise<string> {
    const before = this.lines.length
    this.say(command)
    await this.until(() => this.lines.length > before)
    return this.lines.at(-1)!
  }

  async until(isSo: () => boolean): Promise<void> {
    await eventually(() => isSo() || this.#child.exitCode !== null)
    if (!isSo()) throw new Error(`the process ended early: ${this.stderr}`)
  }

  /** Resolves to the exit code, when all output is there; null after a signal. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'close')
    return this.#child.exitCode
  }

  async kill(): Promise<void> {
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }
}

/** The numbers of each request, in the order of arrival. */
const arrived = (server: OtlpServer): number[][] =>
  server.taken.map(({ body }) =>
    toOtlpLogRecords(decodeLogs(body)).map(record => Number.parseInt(String(record.body), 10)),
  )

/** How often something came that had come before, in requests; checks that the first arrivals are in order. */
function countAgain(requests: readonly number[][]): number {
  const seen = new Set<number>()
  const firsts: number[] = []
  let again = 0
  for (const numbers of requests) {
    const fresh = numbers.filter(number => !seen.has(number))
    if (fresh.length < numbers.length) again++
    for (const number of fresh) seen.add(number)
    firsts.push(...fresh)
  }
  assert.equal(
    firsts,
    firsts.toSorted((a, b) => a - b),
    'what comes for the first time comes in order',
  )
  return again
}

function assertAllArrived(taken: readonly number[], requests: readonly number[][]): void {
  const there = new Set(requests.flat())
  assert.equal(
    taken.filter(number => !there.has(number)),
    [],
    'what was taken is missing',
  )
}

const toAgentConfig = (port: number, folder: string) => `
receivers: {ebpf: {collection_interval: 500ms}}
exporters:
  otlp_grpc:
    endpoint: 'http://127.0.0.1:${port}'
    sending_queue: {storage: file_storage}
    retry_on_failure: {initial_interval: 100ms, max_interval: 200ms, max_elapsed_time: 0}
extensions: {file_storage: {directory: ${folder}}}
service:
  extensions: [file_storage]
  telemetry: {metrics: {level: none}}
  pipelines: {metrics: {receivers: [ebpf], exporters: [otlp_grpc]}}
`

/** The names, once there is one. */
async function existing(list: () => string[]): Promise<string[]> {
  await eventually(() => list().length > 0)
  return list()
}

/** Sends what is left, in a process of its own. */
async function drain(port: number, folder: string, from: number): Promise<void> {
  using last = new Writer(port, folder, from)
  last.say('drain')
  assert.is(await last.ended(), 0, last.stderr)
}

const s = suite('a sending queue on disk, from outside')
s(`loses nothing that was taken to ${KILLS} kills, and sends again what was under way at most`, async () => {
  const random = seeded(Date.now())
  using disk = scratch()
  const folder = join(disk.path, 'storage')
  let isDown = false
  await using server = await startOtlpServer({ reply: () => (isDown ? DOWN : undefined) })
  const taken: number[] = []
  let from = 0
  for (let kill = 0; kill < KILLS; kill++) {
    isDown = kill % 3 === 1 // a backlog for the next
    using writer = new Writer(server.port, folder, from)
    writer.say('forever')
    const enough = 5 + Math.floor(random() * 200)
    await writer.until(() => writer.taken.length >= enough)
    await new Promise(resolve => setTimeout(resolve, random() * 50))
    await writer.kill()
    taken.push(...writer.taken)
    from = writer.next
  }
  isDown = false
  await drain(server.port, folder, from)
  const requests = arrived(server)
  const again = countAgain(requests)
  assertAllArrived(taken, requests)
  // One request of the signal is under way at a time; its removal may be lost with the process.
  assert.ok(again <= KILLS, `${again} requests came twice`)
  assert.equal(readdirSync(folder), [], 'nothing is left on disk')
  process.stdout.write(
    `${KILLS} kills: ${taken.length} taken, 0 missing, ${again} of ${requests.length} requests twice\n`,
  )
})
s('sends what an outage held up to the next process, once, in order', async () => {
  using disk = scratch()
  let isDown = true
  await using server = await startOtlpServer({ reply: () => (isDown ? DOWN : undefined) })
  using first = new Writer(server.port, disk.path, 0)
  await first.until(() => first.lines.includes('started'))
  await first.does('offer 50')
  first.say('stop')
  assert.is(await first.ended(), 0, first.stderr)
  using second = new Writer(server.port, disk.path, first.next)
  await second.until(() => second.lines.includes('started'))
  await second.does('offer 50')
  isDown = false
  second.say('drain')
  assert.is(await second.ended(), 0, second.stderr)
  const numbers = Array.from({ length: second.next }, (_, i) => i)
  assert.equal(arrived(server).flat(), numbers)
  assert.equal([...first.taken, ...second.taken], numbers)
})
s('is of one process: another one with the same folder does not start, and disturbs nothing', async () => {
  using disk = scratch()
  await using server = await startOtlpServer({ reply: () => DOWN })
  using first = new Writer(server.port, disk.path, 0)
  await first.until(() => first.lines.includes('started'))
  await first.does('offer 5')
  using second = new Writer(server.port, disk.path, 1000)
  assert.is.not(await second.ended(), 0)
  assert.match(second.stderr, /STORAGE_FAILED.*|another process has it open/s)
  assert.match(await first.does('offer 5'), /refused 0 failed 0/)
})

/** Fills the disk of a writer whose server is away, and lets the server come back: all arrives once, from disk and from memory. */
async function throughFullDisk(then: (writer: Writer, server: OtlpServer) => Promise<void>): Promise<void> {
  using disk = scratch()
  const folder = join(disk.path, 'storage')
  let isDown = true
  await using server = await startOtlpServer({ reply: () => (isDown ? DOWN : undefined) })
  const mount = `mount -t tmpfs -o size=16m tmpfs ${disk.path} && exec "$@"`
  using writer = new Writer(server.port, folder, 0, ['unshare', '--mount', 'sh', '-c', mount, 'sh'])
  await writer.until(() => writer.lines.includes('started'))
  assert.match(await writer.does('offer 300'), /refused 0 failed 0/)
  await writer.does('fill')
  const refused = Number(/refused (\d+) failed 0/.exec(await writer.does('offer 200'))?.[1])
  assert.ok(refused > 0, 'the disk was never full')
  isDown = false
  await eventually(() => server.taken.length >= 500)
  await then(writer, server)
  assert.match(writer.lines.at(-1)!, /files left: 0/)
  const requests = arrived(server)
  assert.is(countAgain(requests), 0)
  assertAllArrived(writer.taken, requests)
}

const ADDON = join(import.meta.dirname, '../../native/build/swoll.node')
const withAgent = when(s, lacksRoot() ?? lacksBpf() ?? lacksFile(ADDON))
withAgent(
  'sends what a real agent had counted when it was killed in an outage, once it runs again',
  async () => {
    using files = new Scratch()
    const folder = join(files.path, 'storage')
    let isDown = true
    await using server = await startOtlpServer({ reply: () => (isDown ? DOWN : undefined) })
    const config = files.write('agent.yaml', toAgentConfig(server.port, folder))
    const started = () => new RunningCli(['collector', '--config', config])
    using first = started()
    await first.logged(/Everything is ready/)
    const [file] = await existing(() => readdirSync(folder).filter(name => name.endsWith('.db')))
    const bytes = () => statSync(join(folder, `${file}-wal`)).size
    for (const _ of ['a collection', 'another']) {
      const before = bytes()
      await eventually(() => bytes() > before)
    }
    first.kill('SIGKILL')
    await first.ended()
    const killedAt = BigInt(Date.now()) * 1_000_000n
    isDown = false
    using second = started()
    await second.logged(/Everything is ready/)
    const times = () => server.taken.map(({ request }) => toOtlpPoints(request)[0]!.time)
    await eventually(() => times().some(time => time > killedAt))
    const old = times().filter(time => time < killedAt)
    assert.ok(old.length >= 2, `${old.length} requests of the first`)
    assert.equal(
      times(),
      times().toSorted((a, b) => Number(a - b)),
    )
    second.kill('SIGTERM')
    assert.is(await second.ended(), 0)
  },
)

const onFullDisk = when(s, lacksPrivateMounts())
onFullDisk(
  'goes on in memory when the disk is full, and forgets what is sent, so that it never comes again',
  () =>
    throughFullDisk(async writer => {
      writer.say('stop')
      assert.is(await writer.ended(), 0, writer.stderr)
    }),
)
onFullDisk('goes on on disk when there is room again', () =>
  throughFullDisk(async writer => {
    await writer.does('free')
    const before = /refused (\d+)/.exec(writer.lines.at(-1)!)![1]
    assert.is(await writer.does('offer 20'), `done offer refused ${before} failed 0`)
    writer.say('drain')
    assert.is(await writer.ended(), 0, writer.stderr)
  }),
)
s.run()
