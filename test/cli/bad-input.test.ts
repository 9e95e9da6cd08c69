/** Error texts of the real command line; test/golden/cli has them, word for word. */
import { chmodSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksAnotherUser, NOBODY } from '../kit/another-user.ts'
import { type CliOptions, type CliResult, runCli, Scratch } from '../kit/cli.ts'
import { assertGolden } from '../kit/golden.ts'
import { lacksPrivateMounts, when } from '../kit/skip.ts'

/** A configuration of one pipeline, `own` metrics off so that no port is needed. */
function config(exporter: string, { receiver = 'ebpf: {}', own = '{level: none}' } = {}): string {
  const [id] = exporter.split(':')
  return `receivers:
  ${receiver}
exporters:
  ${exporter}
service:
  telemetry: {metrics: ${own}}
  pipelines: {metrics: {receivers: [ebpf], exporters: [${id}]}}
`
}

/** The golden text of a run: exit code, then standard error with paths, ports and times replaced. */
function describe(run: CliResult, scratch: string, port?: number): string {
  const text = run.stderr
    .replaceAll(`${scratch}/`, '')
    .replaceAll(String(port ?? 'no port'), 'PORT')
    .replace(/^\d{4}-\S+Z {2}/gm, 'TIME  ')
  return `exit code ${run.status}\n${text}`
}

function run(text: string, options?: CliOptions, port?: number): string {
  using scratch = new Scratch()
  chmodSync(scratch.path, 0o755)
  const path = scratch.write('agent.yaml', text)
  return describe(runCli(['collector', '--config', path], options), scratch.path, port)
}

const usage = suite('wrong usage')
const usages: readonly (readonly [string, readonly string[]])[] = [
  ['no-config', ['collector']],
  ['unknown-command', ['colector']],
  ['unknown-option', ['validate', '--config', 'agent.yaml', '--strickt']],
  ['no-command', ['trace', '--']],
  ['strace-habits', ['trace', '-e', 'trace=openat', '-p', '812', '-o', '/tmp/x', '-f', 'ls', '/tmp']],
  ['strace-follow', ['trace', '-f', '--', 'ls']],
  ['strace-count', ['trace', '-c', '--', 'ls']],
  ['strace-verbose', ['trace', '-v', '--', 'ls']],
  ['format', ['validate', 'a.yaml', '-o', 'jsn']],
  ['stray-argument', ['components', 'receivers']],
  ['trace-options', ['trace', 'app web', '-s', 'opneat', '-o', 'jsn', '--min-latency', '5', '--pid', '1']],
  ['trace-command', ['trace', '--', 'no-such-program-at-all']],
  ['trace-process', ['trace', '--pid', '4194304']],
  ['replay-nothing', ['replay']],
]
for (const [name, args] of usages)
  usage(name, () => {
    const result = runCli(args)
    assert.is(result.stdout, '')
    assertGolden(`cli/${name}.txt`, describe(result, '/'))
  })
usage.run()

const wrong = suite('wrong configuration')
const debug = 'debug: {}'
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: references
const configurations: readonly (readonly [string, string])[] = [
  ['unknown-key', config('prometheus: {endpont: 127.0.0.1:9095}')],
  [
    'wrong-types',
    config('prometheus: {endpoint: 127.0.0.1:9095, metric_expiration: 5}', {
      receiver: 'ebpf: {latency: 7}',
    }),
  ],
  ['unset-variable', config('prometheus: {endpoint: "${env:SWOLL_TEST_NOT_SET}"}')],
  ['bad-reference', config('prometheus: {endpoint: "${env:9TH}"}')],
  ['unknown-component', config('promethius: {endpoint: 127.0.0.1:9095}')],
  ['not-yaml', 'receivers: [ebpf\n'],
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: references
for (const [name, text] of configurations)
  wrong(name, () => {
    const collector = run(text)
    assertGolden(`cli/${name}.txt`, collector)
    using scratch = new Scratch()
    const validate = runCli(['validate', '--config', scratch.write('agent.yaml', text)])
    assert.is(describe(validate, scratch.path), collector, 'validate says the same')
  })

wrong('missing-file', () => {
  using scratch = new Scratch()
  const result = runCli(['collector', '--config', `${scratch.path}/agent.yaml`])
  assertGolden('cli/missing-file.txt', describe(result, scratch.path))
})
wrong.run()

const host = suite('what the host refuses')

/** Calls `use` while a port of 127.0.0.1 is taken. */
async function withTakenPort(use: (port: number) => void): Promise<void> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  try {
    use((server.address() as AddressInfo).port)
  } finally {
    server.close()
  }
}

host('port-in-use', () =>
  withTakenPort(port => {
    assertGolden('cli/port-in-use.txt', run(config(`prometheus: {endpoint: "127.0.0.1:${port}"}`), {}, port))
  }),
)

host('own-port-in-use', () =>
  withTakenPort(port => {
    const own = `{readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: ${port}}}}}]}`
    assertGolden('cli/own-port-in-use.txt', run(config(debug, { own }), {}, port))
  }),
)

const certificates: readonly (readonly [string, string])[] = [
  [
    'missing-certificate',
    'prometheus: {endpoint: 127.0.0.1:0, tls: {cert_file: none.crt, key_file: none.key}}',
  ],
  ['missing-ca', 'otlp_grpc: {endpoint: 127.0.0.1:4317, tls: {ca_file: none.crt}}'],
  ['certificate-is-not-one', 'otlp_grpc: {endpoint: 127.0.0.1:4317, tls: {ca_file: package.json}}'],
]
for (const [name, exporter] of certificates)
  host(name, () => assertGolden(`cli/${name}.txt`, run(config(exporter))))

when(host, lacksAnotherUser())('no-privileges', () => {
  assertGolden('cli/no-privileges.txt', run(config(debug), { uid: NOBODY }))
})

when(host, lacksPrivateMounts())('no-btf', () => {
  const hide = 'mount -t tmpfs none /sys/kernel/btf && exec "$0" "$@"'
  assertGolden('cli/no-btf.txt', run(config(debug), { wrapper: ['unshare', '--mount', 'sh', '-c', hide] }))
})
host.run()
