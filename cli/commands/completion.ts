/** `swoll completion`: what a shell sources to complete the command line, made of the same options as the help. */
import type { Command } from 'commander'
import { toBash } from '../completion/bash.ts'
import { describeProgram, SHELLS } from '../completion/describe.ts'
import { toFish } from '../completion/fish.ts'
import { toZsh } from '../completion/zsh.ts'
import { checkFormat } from '../formats.ts'
import { print } from '../standard-streams.ts'

const SCRIPTS = { bash: toBash, zsh: toZsh, fish: toFish } as const

/** Throws USAGE_INVALID for a shell that is not known. */
export async function printCompletion(program: Command, shell: string): Promise<void> {
  print(await toCompletion(program, checkFormat('shell', shell, SHELLS)))
}

export async function toCompletion(program: Command, shell: keyof typeof SCRIPTS): Promise<string> {
  return SCRIPTS[shell](await describeProgram(program))
}
