/** A document by HTTP: small, soon, or not at all. */
import type { IncomingMessage } from 'node:http'
import { startDeadline } from '../../../pipeline/deadline.ts'

const PATIENCE_MS = 10_000
/** 100,000 series of metrics are 20 MiB. */
const LIMIT_BYTES = 256 * 2 ** 20

/** Text of a 200. Throws an Error that says why there is none. A name and password in the URL log in. */
export async function httpGet(url: URL, patienceMs = PATIENCE_MS): Promise<string> {
  using deadline = startDeadline(patienceMs)
  try {
    const answer = await open(url, deadline.signal)
    const text = await readAll(answer)
    if (answer.statusCode === 200) return text
    throw new Error(`answered ${answer.statusCode}: ${text.slice(0, 200).trim()}`)
  } catch (error) {
    if (deadline.signal.aborted) throw new Error(`no answer within ${patienceMs / 1000} s`)
    throw new Error(describe(error as NodeJS.ErrnoException))
  }
}

async function open(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
  const { request } = await (url.protocol === 'https:' ? import('node:https') : import('node:http'))
  return new Promise((resolve, reject) => {
    request(url, { signal, headers: { accept: 'text/plain, application/json' } }, resolve)
      .once('error', reject)
      .end()
  })
}

async function readAll(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > LIMIT_BYTES) throw new Error(`the answer is longer than ${LIMIT_BYTES / 2 ** 20} MiB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** A refused connection is an AggregateError without a message where a name has several addresses. */
function describe({ message, code }: NodeJS.ErrnoException): string {
  return message || (code ?? 'no connection')
}
