import { defineCheck } from '../check.ts'
import type { StartFacts } from '../facts.ts'

/** Connections to listeners, streams of the API, and what is open anyway; a ring, a program and a map for each CPU besides. */
const BASE = 512
const PER_CPU = 4

export const files = defineCheck({
  name: 'open files',
  asks: 'Whether enough files may be open',
  entries: {
    open_files_low: {
      severity: 'warning',
      title: 'Few files may be open',
      consequence: 'With many readers the agent refuses connections.',
      remedy: 'Raise LimitNOFILE of the unit, --ulimit nofile of docker, or ulimit -n.',
    },
  },
  judge({ host: { openFiles, cpus } }: StartFacts) {
    if (openFiles === undefined) return undefined
    const need = BASE + PER_CPU * cpus
    if (openFiles >= need) return `${openFiles}, ${need} are needed`
    return [
      { id: 'open_files_low', evidence: `${openFiles}, ${need} are needed`, commands: [`ulimit -n ${need}`] },
    ]
  },
})
