import { readFileSync } from 'node:fs'

/** The version of swoll, as package.json has it; the build puts a copy of that file where this path leads. */
export function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
