/** The keys of whatever listens for HTTP, with the Collector's names. `serveRoutes` goes by them. */
import { z } from 'zod'
import { duration } from './config-fields.ts'
import { tlsServer } from './config-tls.ts'

export function listenerTls() {
  return tlsServer()
    .optional()
    .describe('Certificate of the listener; without it the listener speaks plain HTTP')
}

/** A path to answer at. */
export function listenerPath() {
  return z.string().regex(/^\/[^?#\s]*$/, 'must be a path that begins with "/", without a query')
}

const timeout = (value: string, what: string) =>
  duration({ min: '1ms', max: '24h' }).prefault(value).describe(what)

export const listenerTimeouts = {
  read_header_timeout: timeout('10s', 'Longest a request may take to arrive'),
  write_timeout: timeout('30s', 'Longest an answer may take to be read'),
  idle_timeout: timeout('2m', 'A connection idle for this long is closed'),
}
