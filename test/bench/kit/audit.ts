/** Reads each user's requests from an API server's audit log. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const LOG = 'audit.jsonl'

/** Flags with which an API server logs every request, as it comes, into the folder. */
export function auditFlags(folder: string): string[] {
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['ResponseStarted', 'ResponseComplete', 'Panic'],
    rules: [{ level: 'Metadata' }],
  }
  writeFileSync(join(folder, 'audit-policy.json'), JSON.stringify(policy))
  return [`--audit-policy-file=${folder}/audit-policy.json`, `--audit-log-path=${join(folder, LOG)}`]
}

/** Requests of a user so far: `list`, `watch`, `get`, … → how many. */
export function requestsOf(folder: string, user: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of readFileSync(join(folder, LOG), 'utf8').split('\n')) {
    if (!line.includes(JSON.stringify(user))) continue
    const { verb, user: who } = JSON.parse(line) as { verb: string; user: { username: string } }
    if (who.username === user) counts[verb] = (counts[verb] ?? 0) + 1
  }
  return counts
}
