import { Metadata } from '@grpc/grpc-js'
import { startDeadline } from '../../pipeline/deadline.ts'
import { clientAuthOf } from '../shared/client-auth.ts'
import type { OpenContext } from '../shared/protocol.ts'
import type { OtlpGrpcConfig } from './config.ts'

/**
 * Gives the metadata of each call: the headers of the configuration, and what says who sends. That is waited for no longer than a call
 * may take: rejects with what the extension says then.
 */
export function metadataBy(
  config: OtlpGrpcConfig,
  { clock, host }: OpenContext,
): (abort: AbortSignal) => Promise<Metadata> {
  const auth = clientAuthOf(config, host)
  const own = toMetadata(config)
  return async abort => {
    using limit = startDeadline(config.timeout || Number.POSITIVE_INFINITY, clock)
    const headers = await auth.headers(AbortSignal.any([abort, limit.signal]))
    const all = own.clone()
    for (const [name, value] of Object.entries(headers)) all.set(name, value)
    return all
  }
}

function toMetadata({ headers, wait_for_ready: waitForReady }: OtlpGrpcConfig): Metadata {
  const metadata = new Metadata({ waitForReady })
  for (const [name, value] of Object.entries(headers)) {
    const text = value.reveal()
    metadata.set(name, name.toLowerCase().endsWith('-bin') ? Buffer.from(text) : text) // gRPC sends a `-bin` as bytes
  }
  return metadata
}
