import { readFileSync } from 'node:fs'
import { programFile } from '../native/program-files.ts'

/** The version of swoll, as package.json has it. */
export function readVersion(): string {
  const text = readFileSync(programFile('package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
