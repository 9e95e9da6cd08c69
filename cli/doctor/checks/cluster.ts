import { defineCheck } from '../check.ts'

export const cluster = defineCheck({
  name: 'rights in the cluster',
  asks: 'Whether the API server lets the agent do what the configuration asks for',
  entries: {
    cluster_unreachable: {
      severity: 'problem',
      title: 'The API server cannot be asked',
      consequence: 'Pods have no names, and logins to the API are refused.',
      remedy: 'The line says what is missing; auth_type says how to log in.',
    },
    rights_missing: {
      severity: 'problem',
      title: 'Rights in the cluster are missing',
      consequence: 'Calls go to pods without names; where logins are checked, nobody is let in.',
      remedy: 'Let the chart make its ClusterRole (rbac.create), or add the rights to your own.',
    },
  },
  judge({ cluster: facts }) {
    if (facts === undefined || facts.asked === 0) return undefined
    if (facts.error !== undefined) return [{ id: 'cluster_unreachable', evidence: facts.error }]
    if (facts.missing.length === 0) return `${facts.asked} of ${facts.asked} at ${facts.server}`
    return [
      {
        id: 'rights_missing',
        evidence: `${facts.missing.length} of ${facts.asked}: ${facts.missing.map(({ verb, resource }) => `${verb} ${resource}`).join(', ')}`,
        setting: facts.missing
          .map(
            ({ group, resource, verb }) =>
              `- {apiGroups: ["${group}"], resources: [${resource}], verbs: [${verb}]}`,
          )
          .join('\n'),
      },
    ]
  },
})
