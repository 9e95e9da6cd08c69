/**
 * Lays out what a shell and `man` know of swoll as distributions have it: the manual, and the completion of each shell.
 *
 *     node_modules/.bin/node scripts/shell-files.ts ROOT        ROOT/usr/share/man/man1/swoll.1.gz, …
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { toCompletion } from '../cli/commands/completion.ts'
import { SHELLS } from '../cli/completion/describe.ts'
import { createManualProgram, toManPages } from './man-pages.ts'

const COMPLETIONS = {
  bash: 'usr/share/bash-completion/completions/swoll',
  zsh: 'usr/share/zsh/vendor-completions/_swoll',
  fish: 'usr/share/fish/vendor_completions.d/swoll.fish',
} as const

export async function writeShellFiles(root: string): Promise<void> {
  for (const [name, page] of toManPages())
    write(join(root, `usr/share/man/man1/${name}.1.gz`), gzipSync(page, { level: 9 }))
  for (const shell of SHELLS)
    write(join(root, COMPLETIONS[shell]), await toCompletion(createManualProgram(), shell))
}

function write(path: string, contents: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, contents)
}

if (import.meta.main) {
  const [root] = process.argv.slice(2)
  if (root === undefined) throw new Error('shell-files: must be told the root to write below')
  await writeShellFiles(root)
}
