/** A program asks the kernel about itself, alone, under strace, and under swoll, in states that are easy to lose. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Scratch } from '../../kit/cli.ts'
import { lacksBpf, lacksCommand, lacksRoot, requireAll } from '../../kit/skip.ts'
import { workloadPath } from '../kit/workload.ts'

requireAll(lacksRoot(), lacksBpf(), lacksCommand('strace'))

const LAUNCHER = join(import.meta.dirname, '../../../bin/swoll')
const SELF = workloadPath('self')

const states: readonly (readonly [string, readonly string[]])[] = [
  ['as most programs are started', []],
  ['with descriptors above 2', ['open3', 'open9', 'open10', 'open11', 'open200', 'pipes']],
  ['without standard input', ['close0']],
  ['without standard output', ['close1']],
  ['without standard error', ['close2']],
  ['without any descriptor', ['close0', 'close1', 'close2']],
  ['with ignored signals', ['ignore1', 'ignore2', 'ignore3', 'ignore13', 'ignore40', 'ignore64']],
  ['with blocked signals', ['block10', 'block15', 'block17', 'block34', 'block64']],
  ['with limits', ['limits']],
  ['with another scheduling', ['scheduling']],
  ['with another memory', ['memory']],
  ['in a group of its own, with a umask', ['group', 'umask']],
  ['without new privileges', ['no-new-privileges']],
]

/** Returns the program's answers in this state, started by `tracer`. Pipes come from a shell, as for people. */
function ask(scratch: Scratch, tracer: readonly string[], state: readonly string[]): string {
  const answer = join(scratch.path, 'answer')
  const command = [SELF, 'as', ...state, '--', ...tracer, SELF, answer]
  const script = '"$@" | cat; exit 0'
  rmSync(answer, { force: true })
  const { stderr } = spawnSync('sh', ['-c', script, 'sh', ...command], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LATIN: 'caf\u00e9', 'not.a-name': 'x', NODE_OPTIONS: '--no-warnings' },
  })
  assert.ok(existsSync(answer), `${tracer[0]}: ${stderr}`)
  return readFileSync(answer, 'utf8')
}

/** The lines that only one of them has. */
function difference(got: string, want: string): string[] {
  const [ours, theirs] = [got, want].map(text => text.split('\n')) as [string[], string[]]
  const missingIn = (lines: readonly string[], sign: string) => (line: string) =>
    lines.includes(line) ? [] : [`${sign} ${line}`]
  return [...ours.flatMap(missingIn(theirs, '+')), ...theirs.flatMap(missingIn(ours, '-'))]
}

const s = suite('a command')
for (const [name, state] of states)
  s(`sees no difference ${name}`, () => {
    using scratch = new Scratch()
    const strace = ask(scratch, ['strace', '-o', join(scratch.path, 'strace')], state)
    const swoll = ask(scratch, [LAUNCHER, 'trace', '--record', join(scratch.path, 'r'), '--'], state)
    assert.equal(difference(swoll, strace), [])
    // Under a tracer nobody leads the group that the caller has made.
    const plain = ask(scratch, [], state).replace('group own', 'group inherited')
    assert.equal(difference(swoll, plain), [])
  })
for (const output of ['strace', 'cli', 'json', 'otlp-json', 'summary'])
  s(`sees no difference when -o ${output} has the same standard error`, () => {
    using scratch = new Scratch()
    const swoll = ask(scratch, [LAUNCHER, 'trace', '-o', output, '--'], [])
    assert.equal(difference(swoll, ask(scratch, [], [])), [])
  })
s.run()
