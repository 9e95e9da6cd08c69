import { defineCheck } from '../check.ts'
import type { StartFacts } from '../facts.ts'

export const lockdown = defineCheck({
  name: 'lockdown',
  asks: 'Whether the kernel is locked down, and what that takes away',
  entries: {
    lockdown_tracing: {
      severity: 'problem',
      title: 'Lockdown forbids tracing, which the configuration asks for',
      consequence:
        'Single calls cannot be seen: programs may not read memory. Counting works, and names of new cgroups are looked up.',
      remedy:
        'Take logs and traces pipelines and trace_api out of the configuration, or boot with lockdown=integrity.',
    },
    lockdown_confidentiality: {
      severity: 'note',
      title: 'The kernel is locked down for confidentiality',
      consequence:
        'Calls are counted as exactly as without. Tracing single calls is not possible, and names of new cgroups are looked up by id, for which the agent keeps CAP_DAC_READ_SEARCH if it has it.',
      remedy: 'Nothing is needed for counting; lockdown=integrity allows tracing.',
    },
  },
  judge({ host: { lockdown: level }, needs: { traces } }: StartFacts) {
    if (level === undefined) return undefined
    if (level !== 'confidentiality') return `lockdown is ${level}; only confidentiality takes something away`
    const id = traces ? 'lockdown_tracing' : 'lockdown_confidentiality'
    return [{ id, evidence: '/sys/kernel/security/lockdown says confidentiality' }]
  },
})
