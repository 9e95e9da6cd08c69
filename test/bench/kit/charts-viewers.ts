/**
 * Ten viewers of the page of each agent, in a process of their own: arguments are the addresses of the agents, and for each viewer what it asks for besides the page's
 * questions, as JSON. Says for each line of standard input how long answers took since the last.
 */
import { Agent as Connections, get } from 'node:http'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { QUESTIONS } from './charts-questions.ts'

export interface ViewersReport {
  readonly answers: number
  readonly slowestMs: number
  readonly bytes: number
}

/** Between two refreshes of a viewer. */
const INTERVAL_MS = 10_000

const [urls, viewers] = process.argv.slice(2).map(text => JSON.parse(text)) as [string[], string[]]
let report = { answers: 0, slowestMs: 0, bytes: 0 }

/** As a browser: one set of connections, compressed answers, and none where it has the answer already. */
class Viewer {
  readonly #url: string
  readonly #where: string
  readonly #connections = new Connections({ keepAlive: true, maxSockets: 6 })
  readonly #etags = new Map<string, string>()

  constructor(url: string, where: string) {
    this.#url = url
    this.#where = where
  }

  async look(offsetMs: number): Promise<never> {
    for (let round = 0, startMs = performance.now() + offsetMs; ; round++) {
      await delay(startMs + round * INTERVAL_MS - performance.now())
      await Promise.all(QUESTIONS.map(question => this.#ask(question + this.#where)))
    }
  }

  async #ask(question: string): Promise<void> {
    const startMs = performance.now()
    const headers = { 'accept-encoding': 'gzip', 'if-none-match': this.#etags.get(question) ?? '' }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const path = `${this.#url}/metrics/charts/data/${question}`
    get(path, { agent: this.#connections, headers }, response => {
      const { statusCode, headers } = response
      if (statusCode !== 200 && statusCode !== 304) reject(new Error(`${path}: answered ${statusCode}`))
      this.#etags.set(question, headers.etag ?? '')
      response.on('data', (chunk: Buffer) => {
        report.bytes += chunk.length
      })
      response.on('end', resolve)
    }).on('error', reject)
    await promise
    report.answers++
    report.slowestMs = Math.max(report.slowestMs, performance.now() - startMs)
  }
}

viewers.forEach((where, i) => {
  for (const url of urls) void new Viewer(url, where).look((i * INTERVAL_MS) / viewers.length)
})
for await (const _ of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(report satisfies ViewersReport)}\n`)
  report = { answers: 0, slowestMs: 0, bytes: 0 }
}
process.exit(0)
