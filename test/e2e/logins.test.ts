/** A real Collector that lets in whom it knows: exporters with each extension that says who sends, over TLS, by gRPC and HTTP. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { loadRegistry } from '../../cli/components.ts'
import type { Factory, Host } from '../../pipeline/component.ts'
import { secretsFolder } from '../extensions/auth-kit.ts'
import { startTokenServer, token } from '../extensions/oauth2client/token-server.ts'
import { createAuthority } from '../kit/certificates.ts'
import { eventually } from '../kit/consumers.ts'
import { createContext, never, nopHost, recordingMeter } from '../kit/context.ts'
import { metricsBatch } from '../kit/metrics.ts'
import { lacksOtlpCollector, startOtlpCollector } from '../kit/otlp-collector.ts'
import { lacksCommand, requireAll } from '../kit/skip.ts'

requireAll(lacksOtlpCollector(), lacksCommand('openssl'))

const registry = await loadRegistry()
const authority = createAuthority()
const pair = authority.sign('collector', 'IP:127.0.0.1')

/** A Collector that takes what shows the token `right`, over TLS alone. */
const startStrict = () =>
  startOtlpCollector({
    extensions: { bearertokenauth: { token: 'right' } },
    receiver: {
      auth: { authenticator: 'bearertokenauth' },
      tls: { cert_file: pair.certFile, key_file: pair.keyFile },
    },
  })

/** An exporter to it, with an extension that says who sends. */
async function open(type: string, port: number, extension: { type: string; config: object }) {
  const started: { shutdown(abort: AbortSignal): Promise<void> }[] = []
  const start = async (
    factory: Factory<unknown>,
    config: object,
    host: Host,
    meter = recordingMeter().meter,
  ) => {
    const part = factory.create(createContext(factory.config.parse(config), { id: factory.type, meter }), {})
    await part.start(host, never)
    started.unshift(part)
    return part
  }
  const login = await start(registry.extensions.get(extension.type)!, extension.config, nopHost())
  const host = { ...nopHost(), extension: () => login.offers!.clientAuth as never }
  const { meter, read } = recordingMeter()
  const config = {
    endpoint: `https://127.0.0.1:${port}`,
    auth: { authenticator: extension.type },
    tls: { ca_file: authority.caFile },
  }
  const exporter = await start(registry.exporters.get(type)!, config, host, meter)
  const count = async (what: string) =>
    (await read())[`exporter_${what}_metric_points{exporter=${type}}`] ?? 0
  return {
    sent: () => count('sent'),
    failed: () => count('send_failed'),
    send: (value: number) =>
      exporter.consumers!.metrics!.consume(metricsBatch([{ values: { calls: value } }]), never),
    async [Symbol.asyncDispose]() {
      for (const part of started) await part.shutdown(never)
    },
  }
}

const s = suite('a Collector that asks who it is')
for (const type of ['otlp_grpc', 'otlp_http'])
  s(`takes what ${type} sends with the token of a file, from the moment in which it is there`, async () => {
    await using collector = await startStrict()
    using folder = secretsFolder()
    const filename = folder.write('token', 'wrong')
    const port = type === 'otlp_grpc' ? collector.port : collector.httpPort
    await using exporter = await open(type, port, { type: 'bearertokenauth', config: { filename } })
    await exporter.send(1)
    await eventually(async () => (await exporter.failed()) === 1)
    assert.equal(collector.received(), [])
    folder.write('token', 'right\n')
    await exporter.send(2)
    await eventually(async () => (await exporter.sent()) === 1)
    assert.is(collector.received().length, 1)
  })
for (const type of ['otlp_grpc', 'otlp_http'])
  s(`takes what ${type} sends with the token of a server, once that gives one`, async () => {
    await using collector = await startStrict()
    await using server = await startTokenServer(n =>
      n === 1 ? { status: 503, body: 'later' } : token('right', 3600),
    )
    const config = { client_id: 'a', client_secret: 'b', token_url: server.url }
    const port = type === 'otlp_grpc' ? collector.port : collector.httpPort
    await using exporter = await open(type, port, { type: 'oauth2client', config })
    await exporter.send(1)
    await eventually(async () => (await exporter.sent()) === 1)
    assert.is(collector.received().length, 1)
    assert.is(await exporter.failed(), 0)
  })
s.run()
