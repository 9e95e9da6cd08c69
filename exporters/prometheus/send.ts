/** Sends chunks no faster than they are read. */
import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** Level 1: the text is so repetitive that higher ones cost several times the CPU for little. */
const GZIP = { level: 1, chunkSize: 64 * 1024 }

export interface Sent {
  /** Handed over, before compression. */
  readonly bytes: number
  /** The reason why not all was sent; absent when it was. */
  readonly error?: Error
}

/**
 * Writes all chunks and ends the response. The next chunk is asked for when the one before has left this process, or
 * has been compressed, which happens in libuv's thread pool. A client that went away is an `error`; rejects only with
 * what `chunks` throws, and leaves the response half sent then. `onProgress` is called after each chunk.
 */
export async function sendChunks(
  chunks: Iterable<Uint8Array>,
  response: ServerResponse,
  isGzip: boolean,
  onProgress: () => void,
): Promise<Sent> {
  const gzip = isGzip ? createGzip(GZIP) : undefined
  const target: Writable = gzip ?? response
  const done = gzip ? pipeline(gzip, response) : finished(response)
  const failed = done.then(
    () => undefined,
    (error: Error) => error,
  )
  let bytes = 0
  for (const chunk of chunks) {
    const error = await Promise.race([write(target, chunk), failed])
    if (error) return { bytes, error }
    bytes += chunk.length
    onProgress()
  }
  target.end()
  const error = await failed
  return error ? { bytes, error } : { bytes }
}

function write(target: Writable, chunk: Uint8Array): Promise<Error | undefined> {
  return new Promise(resolve => {
    target.write(chunk, error => resolve(error ?? undefined))
  })
}
