/** Real processes, but nothing of the kernel's that needs root. */
import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { takeCommand } from '../../../cli/trace/launch.ts'
import { isAlive } from '../../../cli/trace/processes.ts'
import { Scratch } from '../../kit/cli.ts'
import { rejects } from '../../kit/rejects.ts'
import { lacksFile, requireAll } from '../../kit/skip.ts'

requireAll(lacksFile('native/build/swoll-launch'))

const LAUNCHER = 'native/build/swoll-launch'
const MODULE = new URL('../../../cli/trace/launch.ts', import.meta.url)

/** Returns the output of a tracer that runs `script` with the command in `command` and `take` to get its output. */
function traced(command: readonly string[], script: string) {
  const tracer = `
    import { readFileSync } from 'node:fs'
    import { takeCommand } from '${MODULE}'
    const argv = ${JSON.stringify(command)}
    const print = value => process.stdout.write(JSON.stringify(value) + '\\n')
    try {
      const command = await takeCommand(argv)
      ${script}
    } catch (error) {
      print({ code: error.code, message: error.message })
    }
    process.exit(0)`
  const node = [process.execPath, '--input-type=module', '-e', tracer]
  const { stdout, stderr } = spawnSync(LAUNCHER, ['run', '--', ...node, '--', ...command], {
    encoding: 'utf8',
  })
  assert.is(stderr, '')
  return stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
}
const RUN = 'await command.begin(); print(await command.ended)'

const s = suite('takeCommand')
s('does nothing before it is told to', () => {
  const script = `print(readFileSync('/proc/' + command.pid + '/comm', 'utf8')); print(command.hasBegun); ${RUN}; print(command.hasBegun)`
  assert.equal(traced(['false'], script), ['swoll-launch\n', false, { code: 1 }, true])
})
s('gives the program its arguments, and its own name as it was typed', () => {
  const script = '[ "$0" = zero ] && [ "$1" = "a b" ] && [ "$2" = -- ]'
  assert.equal(traced(['sh', '-c', script, 'zero', 'a b', '--'], RUN), [{ code: 0 }])
  assert.equal(traced(['sh', '-c', 'tr "\\0" " " < /proc/$$/cmdline | grep -q "^sh -c"'], RUN), [{ code: 0 }])
})
for (const signal of [10, 34, 64])
  s(`says that signal ${signal} ended it`, () => {
    assert.equal(traced(['sh', '-c', `kill -${signal} $$`], RUN), [{ signal }])
  })
s('passes signals on, and none to whoever has its id later', () => {
  const script = `await command.begin(); command.kill('SIGUSR1'); print(await command.ended); command.kill('SIGKILL'); print(command.hasEnded)`
  assert.equal(traced(['sleep', '60'], script), [{ signal: 10 }, true])
})
s('says why a program cannot be run', () => {
  using scratch = new Scratch()
  const path = scratch.write('program', '')
  assert.equal(traced([path], RUN), [
    {
      code: 'COMMAND_FAILED',
      message: `${path}: must be a program that can be run, got EACCES (permission denied)`,
    },
  ])
  assert.equal(traced(['no-such\u001b-program'], RUN), [
    {
      code: 'COMMAND_FAILED',
      message: 'no-such\\x1b-program: must be a program in $PATH, and is in none of its folders',
    },
  ])
})
s('goes when swoll goes before it has begun', () => {
  const [pid] = traced(['sleep', '60'], 'print(command.pid)') as [number]
  const untilMs = performance.now() + 10_000
  while (isAlive(pid) && performance.now() < untilMs);
  assert.not(isAlive(pid))
})
s('refuses without the launcher', async () => {
  const { message } = await rejects(takeCommand(['true'], {}), 'COMMAND_FAILED')
  assert.match(message, /^swoll-launch: must have started swoll .*; run make -C native/)
})
s.run()

const caller = suite('swoll-launch')
/** The environment of a command whose caller starts a shell like bin/swoll. */
function environmentThrough(shell: string, caller: Record<string, string>): string[] {
  const tracer = [process.execPath, '--input-type=module', '-e']
  const script = `import { takeCommand } from '${MODULE}'; const c = await takeCommand(['x']); await c.begin(); await c.ended; process.exit(0)`
  const sh = `export MALLOC_ARENA_MAX=1 NODE_OPTIONS=; exec ${LAUNCHER} run $(${LAUNCHER} caller $$) -- "$@"`
  const { stdout, stderr } = spawnSync(
    shell,
    [
      ...(shell === 'bash' ? ['--norc'] : []),
      '-c',
      sh,
      shell,
      ...tracer,
      script,
      '--',
      'cat',
      '/proc/self/environ',
    ],
    { env: caller, encoding: 'latin1', stdio: ['ignore', 'pipe', 'pipe'] },
  )
  assert.is(stderr, '')
  return stdout.split('\0').slice(0, -1)
}
const ODD = {
  PATH: process.env.PATH!,
  'a.name no shell has': 'x',
  NODE_OPTIONS: '--no-warnings',
  SWOLL_COMMAND: '1 2',
  EMPTY: '',
  LINES: 'a\nb*?[x] $y\\',
  LONG: 'é'.repeat(60_000),
}
for (const shell of ['sh', 'bash'])
  caller(`gives the command the environment that ${shell} was given, in its order`, () => {
    const want = Object.entries(ODD).map(([name, value]) =>
      Buffer.from(`${name}=${value}`).toString('latin1'),
    )
    assert.equal(environmentThrough(shell, ODD), want)
  })
caller('adds nothing to an environment', () => {
  assert.equal(environmentThrough('/bin/sh', {}), [])
})
caller('refuses what bin/swoll would not say', () => {
  for (const args of [
    [],
    ['run'],
    ['run', ':1', '--', 'true'],
    ['run', '7', '--', 'true'],
    ['run', 'x'],
    ['caller'],
  ]) {
    const { status, stderr } = spawnSync(LAUNCHER, args, { encoding: 'utf8' })
    assert.equal([status, stderr], [125, 'swoll-launch: is started by bin/swoll\n'], args.join())
  }
})
caller('just becomes what does not trace a command', () => {
  const { stdout } = spawnSync(LAUNCHER, ['run', '--', 'sh', '-c', 'echo $SWOLL_COMMAND.'], {
    encoding: 'utf8',
  })
  assert.is(stdout, '.\n')
})
caller.run()

const alive = suite('isAlive')
alive('is true of this process and false of what cannot be', () => {
  assert.equal([isAlive(process.pid), isAlive(2 ** 22 + 1)], [true, false])
})
alive.run()
