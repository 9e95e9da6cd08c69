/** Sends chunks no faster than they are read. */
import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** Level 1: the text is so repetitive that higher ones cost several times the CPU for little. */
const GZIP = { level: 1, chunkSize: 64 * 1024 }

export interface Sent {
  readonly isComplete: boolean
  /** Handed over before compression. */
  readonly bytes: number
}

/**
 * Writes all chunks and ends the response. The next chunk is asked for when the one before has left this process, or
 * has been compressed, which happens in libuv's thread pool. Never rejects: a client that went away makes it incomplete.
 */
export async function sendChunks(
  chunks: Iterable<Uint8Array>,
  response: ServerResponse,
  isGzip: boolean,
): Promise<Sent> {
  const gzip = isGzip ? createGzip(GZIP) : undefined
  const target: Writable = gzip ?? response
  const done = gzip ? pipeline(gzip, response) : finished(response)
  done.catch(() => {}) // awaited below, but may reject before
  let bytes = 0
  try {
    for (const chunk of chunks) {
      await Promise.race([write(target, chunk), done])
      bytes += chunk.length
    }
    target.end()
    await done
    return { isComplete: true, bytes }
  } catch {
    target.destroy()
    response.destroy()
    return { isComplete: false, bytes }
  }
}

function write(target: Writable, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    target.write(chunk, error => (error ? reject(error) : resolve()))
  })
}
