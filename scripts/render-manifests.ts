/**
 * Renders deploy/kubernetes/swoll.yaml from the chart: what the chart installs by default, in a namespace of its own, for those
 * without Helm.
 *
 *     node scripts/render-manifests.ts [PATH OF HELM]
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
export const MANIFESTS = join(ROOT, 'deploy/kubernetes/swoll.yaml')

const HEAD = `# Rendered from deploy/helm/swoll by scripts/render-manifests.ts: change the chart, not this file.
# kubectl apply -f swoll.yaml
apiVersion: v1
kind: Namespace
metadata:
  name: swoll
  labels:
    # The agent is not privileged, but no stricter level allows CAP_BPF, CAP_PERFMON and the path /sys/fs/cgroup.
    pod-security.kubernetes.io/enforce: privileged
`

/** Returns the text of the file. */
export function renderManifests(helm: string): string {
  const chart = join(ROOT, 'deploy/helm/swoll')
  const text = execFileSync(
    helm,
    ['template', 'swoll', chart, '--namespace', 'swoll', '--kube-version', '1.25.0'],
    { encoding: 'utf8' },
  )
  const isHelms = (line: string): boolean =>
    line.startsWith('# Source:') || /^ +(helm\.sh\/chart|app\.kubernetes\.io\/managed-by): /.test(line)
  return `${HEAD}${text
    .split('\n')
    .filter(line => !isHelms(line))
    .join('\n')}`
}

if (import.meta.main) writeFileSync(MANIFESTS, renderManifests(process.argv[2] ?? 'helm'))
