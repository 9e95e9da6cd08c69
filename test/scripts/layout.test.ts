/** The generated layouts and reasons agree with the headers and bpf/reasons.json. */
import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lacksCommand, requireAll } from '../kit/skip.ts'

requireAll(...['bpftool', 'clang', 'make'].map(lacksCommand))

function run(command: string, ...args: string[]): void {
  const path = `${process.env.PATH}:/usr/sbin:/sbin` // where Debian has bpftool
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: path },
  })
  assert.is(status, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}`)
}

const s = suite('generate-layout')
s('would change nothing', () => {
  run('make', '--silent', '-C', 'bpf', 'build/layout.bpf.o', 'build/trace-layout.bpf.o')
  run(process.execPath, 'scripts/generate-layout.ts', '--check')
})
s.run()
