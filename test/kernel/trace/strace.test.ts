/**
 * The same processes seen by strace and by our tracing at once: every call is there once, in its thread's order, with the same
 * name, result and error, and nearly all arguments with the same text. What differs is listed with its reason; with
 * SWOLL_DIFFERENCES=1 all lines that differ are printed.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksBpf, lacksCommand, requireAll } from '../../kit/skip.ts'
import { workloadPath } from '../kit/workload.ts'
import { type Comparison, compare } from './kit/compare.ts'
import { KNOWN } from './kit/known.ts'
import { watchBoth } from './kit/strace.ts'

requireAll(lacksBpf(), lacksCommand('strace'))

/** Share of argument values that must agree. */
const GOAL = 0.99
/** Share of them that may differ for no known reason: two look at memory that changes, one after the other. */
const UNEXPLAINED = 0.001

/** Returns how far calls agree that do not agree fully. */
function report({ byCall, arguments: all, equalArguments, reasons }: Comparison): string {
  const rows = [...byCall]
    .filter(([, { all, equal }]) => equal < all)
    .map(([name, { all, equal }]) => `${name} ${equal}/${all}`)
  const why = [...reasons].map(([reason, count]) => `\n  ${count}: ${reason}`).join('')
  return `${equalArguments}/${all} argument values agree; not whole: ${rows.join(', ')}${why}`
}

const PYTHON = `
import socket, subprocess, threading, tempfile, os, time
subprocess.run(['true'])
threads = [threading.Thread(target=lambda: os.listdir('/')) for _ in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
a, b = socket.socketpair(); a.send(b'hello'); b.recv(10)
server = socket.create_server(('127.0.0.1', 0)); client = socket.create_connection(server.getsockname()); server.accept()
with tempfile.NamedTemporaryFile() as f: f.write(b'x' * 5000); f.flush(); os.rename(f.name, f.name + '2'); os.rename(f.name + '2', f.name)
time.sleep(0.001)
`

/**
 * Programs of languages whose literals have no NUL, and so are copied by the program before the call. An execve beside other threads is not
 * among what they do: strace prints it in pieces.
 */
const GO = `package main
import "os/exec"
func main() {
  exec.Command("/bin/true", "lit").Run()
  exec.Command("/nonexistent", "literal").Run()
}
`
const RUST = `fn main() { std::process::Command::new("/bin/true").arg("lit").status().unwrap(); }
`
const folder = mkdtempSync(join(tmpdir(), 'swoll-literals-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

/** A program from one file, where there is a compiler. */
function compile(
  name: string,
  source: string,
  compiler: readonly [string, ...string[]],
): [string, [string]][] {
  if (lacksCommand(compiler[0]) !== undefined) return []
  const path = join(folder, name)
  writeFileSync(path, source)
  const [command, ...args] = compiler
  execFileSync(command, [...args, '-o', `${path}.out`, path], { cwd: folder, stdio: 'inherit' })
  return [[`a program in ${name}`, [`${path}.out`]]]
}
const COMPILED = [
  ...compile('literals.go', GO, ['go', 'build']),
  ...compile('literals.rs', RUST, ['rustc', '-O']),
]

const s = suite('strace and swoll agree on')
for (const [name, command] of [
  ['a small program', ['/bin/cat', '/etc/passwd']],
  ['a program that looks at many files', ['/bin/ls', '-lR', '/etc']],
  [
    'a shell with a pipeline',
    ['/bin/sh', '-c', 'for i in 1 2 3; do echo $i | cat | wc -c; done; missing-program; exit 3'],
  ],
  ['threads, sockets and children of Python', ['python3', '-c', PYTHON]],
  ['pointers behind pointers', [workloadPath('nested')]],
  ['programs that are started with literals', [workloadPath('literals')]],
  ['results that are descriptors, and others that look like some', [workloadPath('results')]],
  ['threads that change their names all the time', [workloadPath('facts'), '2', '101']],
  ['every call, with arguments of five kinds', [workloadPath('every-call')]],
  ...COMPILED,
] as const)
  s(name, async () => {
    const both = await watchBoth(command)
    assert.is(both.lost, 0, 'nothing is lost')
    const compared = compare(both, KNOWN)
    const lines = compared.differences.map(({ strace, ours }) => `${strace}\n  ${ours}`)
    const first = lines.slice(0, 20).join('\n')
    assert.is(compared.names, compared.calls, `every call is there, in order:\n${first}`)
    assert.is(compared.results, compared.names, `every result is the same:\n${first}`)
    assert.ok(
      compared.unexplained.length <= UNEXPLAINED * compared.arguments,
      `differences without a reason:\n${compared.unexplained.join('\n')}`,
    )
    assert.ok(compared.equalArguments >= GOAL * compared.arguments, `${report(compared)}\n${first}`)
    if (process.env.SWOLL_DIFFERENCES) process.stdout.write(`${lines.join('\n')}\n`)
    process.stdout.write(`${name}: ${compared.calls} calls; ${report(compared)}\n`)
  })
s.run()
