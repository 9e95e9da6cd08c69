/** How a running collector stops, through the real command line and with the real receiver. */
import { setTimeout as delay } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SAME_WISH_MS } from '../../cli/signals.ts'
import { RunningCli, Scratch } from '../kit/cli.ts'
import { type OtlpServer, startOtlpServer } from '../kit/otlp-server.ts'
import { requireBpf } from '../kit/skip.ts'

requireBpf()

interface Running {
  readonly swoll: RunningCli
  readonly server: OtlpServer
}

/** A collector whose only collection is the one at its end, and the server that it sends that to. */
async function withCollector(
  options: { readonly shutdownTimeout: string; readonly isDeaf?: boolean },
  use: (running: Running) => Promise<void>,
): Promise<void> {
  await using server = await startOtlpServer({ reply: () => (options.isDeaf ? 'hold' : undefined) })
  using scratch = new Scratch()
  const path = scratch.write(
    'agent.yaml',
    `receivers: {ebpf: {collection_interval: 10m}}
exporters: {otlp_grpc: {endpoint: "127.0.0.1:${server.port}", tls: {insecure: true}, timeout: 60s}}
service:
  shutdown_timeout: ${options.shutdownTimeout}
  telemetry: {metrics: {level: none}}
  pipelines: {metrics: {receivers: [ebpf], exporters: [otlp_grpc]}}
`,
  )
  using swoll = new RunningCli(['collector', '--config', path])
  await swoll.logged(/Everything is ready/)
  await use({ swoll, server })
}

const s = suite('stopping')

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)
  s(`${signal} delivers what was counted and exits 0`, () =>
    withCollector({ shutdownTimeout: '20s' }, async ({ swoll, server }) => {
      assert.is(server.taken.length, 0)
      swoll.kill(signal)
      assert.is(await swoll.ended(), 0, swoll.stderr)
      assert.match(swoll.stderr, `Stopping  {"signal":"${signal}"}`)
      assert.match(swoll.stderr, /info {3}Stopped\n$/)
      assert.ok(server.taken.length > 0, 'the last collection was delivered')
    }),
  )

s('past shutdown_timeout it says what is lost and exits 1', () =>
  withCollector({ shutdownTimeout: '500ms', isDeaf: true }, async ({ swoll }) => {
    swoll.kill('SIGTERM')
    assert.is(await swoll.ended(), 1)
    assert.match(swoll.stderr, /error {2}Export failed, data is lost .*"dropped_items":[1-9]/)
    assert.match(swoll.stderr, /error {2}service::shutdown_timeout: passed after 500ms; /)
    assert.not.match(swoll.stderr, /Stopped/)
  }),
)

s('without a server it says what is lost in one line, and exits 1', () =>
  withCollector({ shutdownTimeout: '20s' }, async ({ swoll, server }) => {
    await server[Symbol.asyncDispose]()
    swoll.kill('SIGTERM')
    assert.is(await swoll.ended(), 1)
    assert.match(
      swoll.stderr,
      /error {2}Not everything could be delivered: the rest is lost {2}\{"lost_items":[1-9]\d*,"otlp_grpc":\{"exporter_send_failed_metric_points":[1-9]/,
    )
  }),
)

s('two signals at the same moment are one wish', () =>
  withCollector({ shutdownTimeout: '20s' }, async ({ swoll, server }) => {
    swoll.kill('SIGTERM')
    swoll.kill('SIGTERM')
    assert.is(await swoll.ended(), 0, swoll.stderr)
    assert.ok(server.taken.length > 0, 'the last collection was delivered')
  }),
)

s('other signals neither stop it nor open a debugger', () =>
  withCollector({ shutdownTimeout: '20s' }, async ({ swoll }) => {
    for (const signal of ['SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const) {
      swoll.kill(signal)
      await swoll.logged(new RegExp(`Signal ignored {2}\\{"signal":"${signal}"\\}`))
    }
    swoll.kill('SIGPIPE')
    swoll.kill('SIGHUP')
    await swoll.logged(/The configuration is applied/)
    assert.not.match(swoll.stderr, /[Dd]ebugger/)
    swoll.kill('SIGTERM')
    assert.is(await swoll.ended(), 0, swoll.stderr)
  }),
)

s('a second signal exits at once', () =>
  withCollector({ shutdownTimeout: '10m', isDeaf: true }, async ({ swoll }) => {
    swoll.kill('SIGTERM')
    await swoll.logged(/Stopping {2}/)
    await delay(SAME_WISH_MS + 100)
    swoll.kill('SIGTERM')
    assert.is(await swoll.ended(), 1)
    assert.match(swoll.stderr, /Stopping at once: what has not been delivered is lost/)
  }),
)
s.run()
