import { promisify } from 'node:util'
import { constants, deflate, gzip, zstdCompress } from 'node:zlib'
import type { OtlpHttpConfig } from './config.ts'

const PACK = { gzip: promisify(gzip), deflate: promisify(deflate), zlib: promisify(deflate) }
const packZstd = promisify(zstdCompress)

interface Body {
  readonly bytes: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

/** The request as it is sent: compressed off the main thread, with the header that says how. */
export async function compress(
  request: Uint8Array,
  { compression, compression_params: { level = -1 } }: OtlpHttpConfig,
): Promise<Body> {
  if (compression === 'none') return { bytes: request, headers: {} }
  const headers = { 'content-encoding': compression }
  if (compression !== 'zstd') return { bytes: await PACK[compression](request, { level }), headers }
  const params = level > 0 ? { [constants.ZSTD_c_compressionLevel]: level } : {}
  return { bytes: await packZstd(request, { params }), headers }
}
