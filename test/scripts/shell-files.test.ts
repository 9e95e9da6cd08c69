/** The packages' files for `man` and for shells. */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { TRACE_GROUPS } from '../../cli/trace/options.ts'
import { toManPages } from '../../scripts/man-pages.ts'
import { writeShellFiles } from '../../scripts/shell-files.ts'
import { runCli, Scratch } from '../kit/cli.ts'
import { lacksCommand, when } from '../kit/skip.ts'

const pages = toManPages()
const manual = suite('toManPages')
const written = when(manual, lacksCommand('mandoc'))
for (const [name, page] of pages)
  written(`${name}: mandoc finds nothing wrong, but that it has no date`, () => {
    const { stdout, stderr } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning'], {
      input: page,
      encoding: 'utf8',
    })
    const faults = `${stdout}${stderr}`
      .split('\n')
      .filter(line => line !== '' && !line.includes('missing date'))
    assert.equal(faults, [])
  })
written('a page shows options as they are typed', () => {
  const { stdout } = spawnSync('mandoc', ['-T', 'ascii'], {
    input: pages.get('swoll-trace')!,
    encoding: 'utf8',
  })
  // For printers a letter is printed, taken back, and printed again: bold, or underlined.
  const plain = stdout
    .split('\b')
    .map((part, i, parts) => (i < parts.length - 1 ? part.slice(0, -1) : part))
    .join('')
  for (const { heading, options } of TRACE_GROUPS) {
    assert.ok(plain.includes(heading.replace(':', '')), heading)
    for (const { flags } of options) assert.ok(plain.includes(flags), flags)
  }
  assert.match(plain, /swoll trace -- ls \/tmp\n/)
})
manual('names every command', () => {
  const main = pages.get('swoll')!
  for (const [command] of runCli(['--help']).stdout.matchAll(/^ {2}[a-z]+/gm))
    if (command.trim() !== 'help') assert.ok(main.includes(`\\fB${command.trim()}`), command)
})
manual.run()

const files = suite('writeShellFiles')
files('lays out the manual and the completions', async () => {
  using root = new Scratch()
  await writeShellFiles(root.path)
  assert.equal(globSync('**/*.gz', { cwd: root.path }).length, pages.size)
  const page = gunzipSync(readFileSync(join(root.path, 'usr/share/man/man1/swoll-trace.1.gz')))
  assert.is(page.toString(), pages.get('swoll-trace'))
  for (const [path, shell] of [
    ['bash-completion/completions/swoll', 'bash'],
    ['zsh/vendor-completions/_swoll', 'zsh'],
    ['fish/vendor_completions.d/swoll.fish', 'fish'],
  ] as const)
    assert.is(readFileSync(join(root.path, 'usr/share', path), 'utf8'), runCli(['completion', shell]).stdout)
})
files.run()
