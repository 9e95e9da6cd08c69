import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeControllerOptions } from '../../../cli/controller/decode-options.ts'
import { CONTROLLER_EXAMPLES } from '../../../cli/controller/options.ts'
import { type Actions, createProgram } from '../../../cli/program.ts'

/** Parses a command line as `swoll controller` does. */
async function decode(line: string) {
  let settings: ReturnType<typeof decodeControllerOptions> | undefined
  const actions = {
    async controller(typed: Parameters<Actions['controller']>[0]) {
      settings = decodeControllerOptions(typed, { POD_NAMESPACE: 'swoll-system' })
    },
  } as unknown as Actions
  await createProgram(actions, '/preset').parseAsync(line.split(' '), { from: 'user' })
  return settings!
}

const s = suite('decodeControllerOptions')
s('knows the flags of the original', async () => {
  const line =
    'controller -k /kubeconfig -m :9090 -i swoll:1 -e a:9095,b:9096 -e [::1]:1 --enable-leader-election'
  const settings = await decode(line)
  assert.is(settings.kubeconfig, '/kubeconfig')
  assert.equal(settings.metrics, { host: '::', port: 9090 })
  assert.is(settings.image, 'swoll:1')
  assert.equal(settings.endpoints, ['a:9095', 'b:9096', '[::1]:1'])
  assert.equal(settings.lease, { namespace: 'swoll-system', name: 'd4e4c6da.swoll.criticalstack.com' })
})
s('works alone, for the agents of its own namespace, on this host, if nothing else is said', async () => {
  const settings = await decode('controller')
  assert.is(settings.lease, undefined)
  assert.equal(settings.service, { namespace: 'swoll-system', name: 'swoll' })
  assert.equal(settings.metrics, { host: '127.0.0.1', port: 8080 })
  assert.is(settings.alerts, undefined)
})
for (const [line] of CONTROLLER_EXAMPLES)
  s(`takes the example ${line}`, async () => {
    await decode(line.replace(/^swoll /, ''))
  })
const bad: readonly (readonly [string, RegExp])[] = [
  ['-m nowhere', /^--metrics-addr: must be "host:port"/],
  ['--agents-service swoll', /^--agents-service: must be NAMESPACE\/NAME, got "swoll"/],
  ['--image-pull-policy Sometimes', /^--image-pull-policy: must be one of Always/],
  ['--alert-listen 127.0.0.1:1', /^--alert-template: must be given/],
  ['--alert-template x', /^--alert-listen: must be given/],
  ['--alert-listen :1 --alert-template x', /^--alert-token-file: must be given where others can reach/],
  ['--log-level loud --log-format xml', /^--log-level.*\n--log-format/],
]
for (const [line, message] of bad)
  s(`refuses ${line}`, async () => {
    const error = await decode(`controller ${line}`).catch((error: Error) => error)
    assert.match((error as Error).message, message)
  })
s.run()
