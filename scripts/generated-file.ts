/** Shared by the generators of tables: options, exit codes, and writing or comparing files. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

export interface GeneratedFile {
  readonly path: string
  readonly text: string
}

/** Makes the files from what `--sources` names; `versions` is what scripts/fetch-kernel-headers.sh wrote there. */
type Generate = (sources: string, versions: string) => readonly GeneratedFile[]

/** Runs a generator as a program: writes its files, or with `--check` compares them. Sets the exit code. */
export function runGenerator(name: string, generate: Generate): void {
  try {
    process.exitCode = run(name, generate)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 2
  }
}

function run(name: string, generate: Generate): number {
  const { values } = parseArgs({ options: { sources: { type: 'string' }, check: { type: 'boolean' } } })
  if (values.sources === undefined) {
    process.stderr.write(`usage: ${name} --sources FOLDER [--check]\n`)
    return 2
  }
  const { sources, check = false } = values
  const versions = readFileSync(join(sources, 'VERSIONS'), 'utf8').trim()
  let different = false
  for (const { path, text } of generate(sources, versions)) {
    if (!check) writeFileSync(path, text)
    else if (readFileSync(path, 'utf8') !== text) {
      process.stderr.write(`${path}: differs from what ${versions} gives; run without --check\n`)
      different = true
    }
  }
  process.stdout.write(`${check ? 'checked against' : 'generated from'} ${versions}\n`)
  return different ? 1 : 0
}
