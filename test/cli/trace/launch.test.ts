/** Real processes, but nothing of the kernel's that needs root. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { launch } from '../../../cli/trace/launch.ts'
import { isAlive } from '../../../cli/trace/processes.ts'
import { Scratch } from '../../kit/cli.ts'
import { rejects } from '../../kit/rejects.ts'
import { lacksFile, requireAll } from '../../kit/skip.ts'

requireAll(lacksFile('native/build/swoll-launch'))

const s = suite('launch')
s('does nothing before it is told to', async () => {
  const command = launch(['false'])
  assert.is(readFileSync(`/proc/${command.pid}/comm`, 'utf8'), 'swoll-launch\n')
  await command.begin()
  assert.equal(await command.ended, { code: 1 })
})
s('gives the program its arguments, and its own name as it was typed', async () => {
  const script = '[ "$0" = zero ] && [ "$1" = "a b" ] && [ "$2" = -- ]'
  const command = launch(['sh', '-c', script, 'zero', 'a b', '--'])
  await command.begin()
  assert.equal(await command.ended, { code: 0 })
  const named = launch(['sh', '-c', 'tr "\\0" " " < /proc/$$/cmdline | grep -q "^sh -c"'])
  await named.begin()
  assert.equal(await named.ended, { code: 0 })
})
s('says which signal ended it', async () => {
  const command = launch(['sleep', '60'])
  await command.begin()
  command.kill('SIGUSR1')
  assert.equal(await command.ended, { signal: 'SIGUSR1' })
})
s('says why a program cannot be run', async () => {
  using scratch = new Scratch()
  const path = scratch.write('program', '')
  const { message } = await rejects(launch([path]).begin(), 'COMMAND_FAILED')
  assert.is(message, `${path}: must be a program that can be run, got EACCES (permission denied)`)
  assert.throws(
    () => launch(['no-such-program-at-all']),
    /^no-such-program-at-all: must be a program in \$PATH, and is in none of its folders$/,
  )
})
s('goes when swoll goes', () => {
  const script = `
    import { launch } from '${new URL('../../../cli/trace/launch.ts', import.meta.url)}'
    process.stdout.write(String(launch(['sleep', '60']).pid))
    process.exit(0)`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  const pid = Number(stdout)
  assert.ok(pid > 1)
  const untilMs = performance.now() + 10_000
  while (isAlive(pid) && performance.now() < untilMs);
  assert.not(isAlive(pid))
})
s.run()

const alive = suite('isAlive')
alive('is true of this process and false of what cannot be', () => {
  assert.equal([isAlive(process.pid), isAlive(2 ** 22 + 1)], [true, false])
})
alive.run()
