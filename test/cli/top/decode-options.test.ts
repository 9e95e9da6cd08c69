import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { decodeView, type TopOptions } from '../../../cli/top/decode-options.ts'
import type { TypedView } from '../../../cli/top/options.ts'
import { Usage } from '../../../cli/trace/usage.ts'

function decode(typed: TypedView, isRemote = false): TopOptions {
  const usage = new Usage()
  const options = decodeView(typed, isRemote, usage)
  usage.check()
  return options
}

const decodes = suite('decodeView')

decodes("has the original's rows, most of all first, and its refresh", () => {
  const { state, delayMs, mode } = decode({})
  assert.equal(state.by, ['syscall', 'errno', 'namespace', 'pod', 'container', 'unit'])
  assert.equal([state.sort, state.isAscending, delayMs, mode], ['rate', false, 1000, 'screen'])
})

for (const [name, typed, want] of [
  ['--once', { once: true }, ['once', 'table']],
  ['--for', { for: '1s' }, ['once', 'table']],
  ['-o table', { output: 'table' }, ['once', 'table']],
  ['-o json', { output: 'json' }, ['once', 'json']],
  ['-o cli', { output: 'cli' }, ['screen', 'table']],
  ['--no-ui', { ui: false }, ['stream', 'table']],
  ['--no-ui -o json', { ui: false, output: 'json' }, ['stream', 'json']],
] as const)
  decodes(`${name}: ${want.join(', ')}`, () => {
    const { mode, format } = decode(typed)
    assert.equal([mode, format], want)
  })

decodes("takes the original's short names of dimensions, each once", () => {
  assert.equal(decode({ by: ['ns,p', 'sc,syscall'] }).state.by, ['namespace', 'pod', 'syscall'])
})

decodes('sorts names from A, and --reverse from Z', () => {
  assert.is(decode({ sort: 'pod' }).state.isAscending, true)
  assert.is(decode({ sort: 'pod', reverse: true }).state.isAscending, false)
  assert.is(decode({ reverse: true }).state.isAscending, true)
})

decodes('has a window of agents that is longer than they collect', () => {
  assert.is(decode({}).state.windowMs, 5000)
  assert.is(decode({}, true).state.windowMs, 60_000)
  assert.is(decode({ window: '15s' }, true).state.windowMs, 15_000)
})

decodes('has only those that were named', () => {
  const { where } = decode({ namespace: ['a,b'], syscalls: ['sys_read'], unit: ['ssh.service'] }).state
  assert.equal(where, { namespace: ['a', 'b'], unit: ['ssh.service'], syscall: ['read'] })
})

for (const [typed, message] of [
  [{ by: ['pods'] }, /--by: must be one of .* got "pods"; did you mean "pod"\?/],
  [{ sort: 'rat' }, /--sort: must be one of .* did you mean "rate"\?/],
  [{ sort: 'node' }, /--sort: must be a column that is there, got "node"; give it with --by/],
  [{ show: 'bad' }, /--show: must be one of/],
  [{ output: 'yaml' }, /--output: must be one of cli, table, json, got "yaml"/],
  [{ window: '1' }, /--window: must be a duration/],
  [{ delay: '1ms' }, /--delay: must be a duration from 100ms/],
  [{ once: true, limit: '0' }, /--limit: must be an integer from 1 to 50000/],
  [{ limit: '10' }, /--limit: must be given together with --once/],
  [{ once: true, ui: false }, /--no-ui: must not be given together with --once/],
  [{ labelSelector: 'a in (' }, /--label-selector: /],
] as const satisfies readonly (readonly [TypedView, RegExp])[])
  decodes(`refuses ${JSON.stringify(typed)}`, () => {
    assert.throws(() => decode(typed), message)
  })

decodes.run()
