/**
 * Clients of one WebSocket stream in a process of their own: arguments are the address, how many read, and how many stop reading at once. Says
 * `ready`, and for each line of standard input what came so far.
 */
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'

export interface ClientReport {
  /** Messages of each client that reads. */
  readonly got: readonly number[]
  /** Messages that clients that read were told to have missed, and those that are missing untold. */
  readonly missed: number
  readonly untold: number
  readonly bytes: number
}

const [url = '', reading = '0', stalled = '0'] = process.argv.slice(2)
const LOST = Buffer.from('"type":"lost"')
const SEQ = Buffer.from('"seq":')

class Client {
  got = 0
  missed = 0
  untold = 0
  bytes = 0
  #last = 0

  take(line: Buffer): void {
    this.bytes += line.length
    const at = line.lastIndexOf(SEQ)
    if (at < 0) {
      if (line.includes(LOST)) this.missed += JSON.parse(line.toString()).calls
      return
    }
    const seq = Number(line.toString('latin1', at + SEQ.length, line.length - 1))
    if (this.#last > 0) this.untold += seq - this.#last - 1
    this.#last = seq
    this.got++
  }
}

const clients: Client[] = []
const opened: Promise<void>[] = []
for (let n = 0; n < Number(reading) + Number(stalled); n++) {
  const socket = new WebSocket(url)
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  opened.push(promise)
  socket.on('error', reject)
  if (n < Number(reading)) {
    const client = new Client()
    clients.push(client)
    socket.on('message', data => client.take(data as Buffer))
    socket.on('open', resolve)
  } else {
    socket.on('open', () => {
      socket.pause()
      resolve()
    })
  }
}
await Promise.all(opened)
process.stdout.write('ready\n')
for await (const _ of createInterface({ input: process.stdin })) {
  const sum = (key: 'missed' | 'untold' | 'bytes') =>
    clients.reduce((total, client) => total + client[key], 0)
  const untold = sum('untold') - sum('missed')
  const report: ClientReport = {
    got: clients.map(({ got }) => got),
    missed: sum('missed'),
    untold,
    bytes: sum('bytes'),
  }
  process.stdout.write(`${JSON.stringify(report)}\n`)
}
process.exit(0)
