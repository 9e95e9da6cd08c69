/** Whatever is typed or read, nothing that swoll says acts on a terminal, turns its text round, or forges a line. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli, Scratch } from '../kit/cli.ts'

const HOSTILE = 'x\u001b[2J\u009b31m\u202e\u2066\u007f'
const ESCAPED = 'x\\u001b[2J\\u009b31m\\u202e\\u2066\\u007f'

const s = suite('hostile words')
const rows: readonly (readonly [what: string, args: readonly string[]])[] = [
  ['a command', [HOSTILE]],
  ['an option', ['validate', `--${HOSTILE}`]],
  ['a file', ['validate', '-c', `/nonexistent/${HOSTILE}`]],
  ['a scheme', ['validate', '-c', `abc:${HOSTILE}`]],
  ['a key', ['validate', '-c', `yaml:"${HOSTILE}": 1`]],
  ['a value', ['validate', '-c', `yaml:receivers: {ebpf: {latency: "${HOSTILE}"}}`]],
  ['a component', ['validate', '-c', `yaml:receivers: {"${HOSTILE}": {}}`]],
  ['an issue as JSON', ['validate', '-o', 'json', '-c', `yaml:receivers: {"${HOSTILE}": {}}`]],
  ['a process', ['trace', '--pid', HOSTILE]],
  ['a selector', ['trace', `app ${HOSTILE}`]],
  ['a system call', ['trace', '-s', HOSTILE]],
  ['a recording', ['replay', `/nonexistent/${HOSTILE}`]],
]
for (const [what, args] of rows)
  s(`${what} is shown escaped`, () => {
    using scratch = new Scratch()
    const { stdout, stderr, status } = runCli(args, { env: { HOME: scratch.path } })
    assert.not.match(`${stdout}${stderr}`, /[^\P{Cc}\n]|\p{Cf}/u)
    assert.match(`${stdout}${stderr}`.replaceAll('\\\\', '\\'), ESCAPED)
    assert.ok(status === 1 || status === 2)
  })
s('a file whose name is two lines is one line', () => {
  const { stderr } = runCli(['validate', '-c', '/nonexistent/a\nswoll: the configuration is valid'])
  assert.is(stderr.trimEnd().split('\n').length, 1)
})
s.run()
