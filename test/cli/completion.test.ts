/** Completions in the real shells. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runCli, Scratch } from '../kit/cli.ts'
import { lacksCommand, when } from '../kit/skip.ts'

const DRIVERS = join(import.meta.dirname, '../fixtures/completion')
const SHELLS = {
  bash: ['bash', '--norc', join(DRIVERS, 'offered.bash')],
  zsh: ['zsh', '-f', join(DRIVERS, 'offered.zsh')],
  fish: ['fish', '--no-config', join(DRIVERS, 'offered.fish')],
} as const

/** A line, something that is offered, and something that is not. */
const ROWS: readonly (readonly [line: string, offered: string, not: string])[] = [
  ['swoll tr', 'trace', 'replay'],
  ['swoll client wat', 'watch', 'create'],
  ['swoll client create --onesh', '--oneshot', '--from-start'],
  ['swoll client watch -o str', 'strace', 'summary'],
  ['swoll trace --succ', '--successful-only', '--summary-sort-by'],
  ['swoll replay --summ', '--summary-sort-by', '--syscalls'],
  ['swoll trace -o s', 'summary', 'json'],
  ['swoll validate -o j', 'json', 'text'],
  ['swoll trace -s opena', 'openat', 'close'],
  ['swoll trace --syscalls Netw', 'Network', 'openat'],
  ['swoll trace -n a -s %fi', '%file', 'Files'],
  ['swoll trace -S max', 'max-time', 'min-time'],
  ['swoll trace -e ENOE', 'ENOENT', 'EPERM'],
  ['swoll replay -u roo', 'root', 'nobody'],
  ['swoll trace --pid 1', '1', '0'],
  ['swoll completion z', 'zsh', 'fish'],
  ['swoll trace -- cat /etc/passw', '/etc/passwd', 'trace'],
  ['swoll validate -c /etc/passw', '/etc/passwd', 'trace'],
]

/** Lines whose last word is a list. */
const LISTED: typeof ROWS = [
  ['swoll trace -s openat,!Netwo', 'Network', 'openat'],
  ['swoll trace -e EPERM,ENOEN', 'ENOENT', 'EPERM'],
]

/** Returns the completions of each line in a shell that has read the script. */
function ask([command, ...args]: readonly string[], script: string): Map<string, readonly string[]> {
  using folder = new Scratch()
  const lines = [...ROWS, ...LISTED].map(([line]) => line)
  const all = [...args, folder.write('completion', script), ...lines]
  const { stdout } = spawnSync(command!, all, { encoding: 'utf8', timeout: 60_000 })
  const answers = stdout.split(/^> /m).slice(1)
  return new Map(
    answers.map(answer => {
      const [line, ...words] = answer.trimEnd().split('\n')
      return [line!, words.map(word => word.trim().replace(/^.*[,!]/, ''))]
    }),
  )
}

for (const [shell, how] of Object.entries(SHELLS)) {
  const s = suite(shell)
  const lack = lacksCommand(shell)
  const there = when(s, lack)
  const script = lack === undefined ? runCli(['completion', shell]).stdout : ''
  const offers = lack === undefined ? ask(how, script) : new Map<string, readonly string[]>()
  there('the script has no mistake of syntax', () => {
    using folder = new Scratch()
    const { stderr } = spawnSync(shell, ['-n', folder.write('completion', script)], { encoding: 'utf8' })
    assert.is(stderr, '')
  })
  for (const [line, offered, not] of [...ROWS, ...LISTED])
    there(line, () => {
      const words = offers.get(line) ?? []
      // zsh shows a file without its folder.
      const isOffered =
        words.includes(offered) || (offered.startsWith('/') && words.includes(offered.slice(5)))
      assert.ok(isOffered, `${offered} should be among ${words.join(' ')}`)
      assert.not(words.includes(not), `${not} should not be among ${words.join(' ')}`)
    })
  s.run()
}

const wrong = suite('another shell')
wrong('is refused', () => {
  const { status, stderr } = runCli(['completion', 'fihs'])
  assert.equal(
    [status, stderr],
    [2, 'swoll: shell: must be one of bash, zsh, fish, got "fihs"; did you mean "fish"?\n'],
  )
})
wrong.run()
