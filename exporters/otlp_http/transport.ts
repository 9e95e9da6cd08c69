/** OTLP requests over HTTP. */
import type { Signal } from '../../pipeline/component.ts'
import { PipelineError } from '../../pipeline/errors.ts'
import { openHttpClient, withoutQuery } from '../shared/http/client.ts'
import type { OpenContext, Transport } from '../shared/protocol.ts'
import { addressOf } from './address.ts'
import { readAnswer } from './answer.ts'
import { compress } from './compress.ts'
import type { OtlpHttpConfig } from './config.ts'

const TYPES = { proto: 'application/x-protobuf', json: 'application/json' } as const

/** Ready to send; connects with the first request. Rejects with TLS_INVALID if a certificate or key cannot be used. */
export async function openTransport(config: OtlpHttpConfig, context: OpenContext): Promise<Transport> {
  const { clock } = context
  const client = await openHttpClient(config, context)
  const headers = {
    'content-type': TYPES[config.encoding],
    'user-agent': 'swoll',
    ...Object.fromEntries(Object.entries(config.headers).map(([name, value]) => [name, value.reveal()])),
  }
  return {
    async send(signal, request, abort) {
      const address = addressOf(signal, config)
      if (address === undefined) throw nowhere(signal)
      const body = await compress(request, config)
      const post = { body: body.bytes, headers: { ...headers, ...body.headers } }
      const answer = await client.post(address, post, abort)
      return readAnswer(answer, withoutQuery(address), Number(clock.unixNano() / 1_000_000n))
    },
    close: () => client.close(),
  }
}

function nowhere(signal: Signal): PipelineError {
  const message = `${signal}_endpoint: must be set, or endpoint, since a pipeline of ${signal} ends here`
  return new PipelineError('PIPE_REJECTED', message, { retryable: false, cause: { status: 'NO_ENDPOINT' } })
}
