import { defineCheck } from '../check.ts'

export const configuration = defineCheck({
  name: 'configuration',
  asks: 'Whether the configuration is valid',
  entries: {
    configuration_invalid: {
      severity: 'problem',
      title: 'The configuration is not valid',
      consequence: 'The agent does not start with it, and what it needs of this host is not known.',
      remedy: 'Mend what the line says.',
    },
  },
  judge: ({ needs: { issues, sources, counting, traces } }) => {
    if (issues.length > 0) return issues.map(evidence => ({ id: 'configuration_invalid', evidence }))
    const does = [counting && `counts calls, latency ${counting.latency}`, traces && 'traces calls']
    return `${sources.join(', ')}: ${does.filter(Boolean).join('; ') || 'neither counts nor traces here'}`
  },
})
