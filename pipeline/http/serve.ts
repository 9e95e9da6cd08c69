import type { TlsServerConfig } from '../config.ts'
import { SwollError } from '../errors.ts'
import { readTlsServer } from '../tls.ts'
import type { ListenerLimits } from './listener.ts'

interface Keys {
  readonly tls?: TlsServerConfig | undefined
  readonly read_header_timeout: number
  readonly write_timeout: number
  readonly idle_timeout: number
}

/** Loads the certificate. Rejects with TLS_INVALID and `place`, where the configuration has the keys, in front. */
export async function readLimits(place: string, keys: Keys): Promise<ListenerLimits> {
  const tls =
    keys.tls &&
    (await readTlsServer(keys.tls).catch((error: SwollError) => {
      throw new SwollError(error.code, `${place}::tls: ${error.message}`, { cause: error })
    }))
  return {
    tls,
    headerTimeoutMs: keys.read_header_timeout,
    writeTimeoutMs: keys.write_timeout,
    idleTimeoutMs: keys.idle_timeout,
  }
}
