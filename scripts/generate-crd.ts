/**
 * Writes deploy/helm/swoll/files/crd.yaml: the definition of the Trace resource, made of the schemas in trace/api/ and controller/.
 *
 *   node scripts/generate-crd.ts
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { createDefinition } from '../controller/crd/definition.ts'

const OUT = join(import.meta.dirname, '../deploy/helm/swoll/files/crd.yaml')
const HEAD = '# Made by scripts/generate-crd.ts. Do not edit.\n'

/** The text of the file. */
export function renderDefinition(): string {
  return HEAD + stringify(createDefinition(), { lineWidth: 0, aliasDuplicateObjects: false })
}

if (import.meta.main) {
  mkdirSync(dirname(OUT), { recursive: true })
  writeFileSync(OUT, renderDefinition())
}
