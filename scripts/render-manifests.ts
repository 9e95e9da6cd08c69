/**
 * Renders the manifests for those without Helm from the chart, in a namespace of their own: what it installs by default, to be applied
 * or built on with Kustomize; and, on top of that, the agents' API with the controller.
 *
 *     node scripts/render-manifests.ts [PATH OF HELM]
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parseDocument } from 'yaml'

const ROOT = join(import.meta.dirname, '..')
/** All of the agents. */
export const MANIFESTS = join(ROOT, 'deploy/kubernetes/swoll.yaml')
/** The overlay of Kustomize. */
export const OVERLAY = join(ROOT, 'deploy/kustomize/traces')
/** Values of the overlay. */
export const OVERLAY_VALUES = ['api.enabled=true', 'controller.enabled=true']

const WHENCE =
  '# Rendered from deploy/helm/swoll by scripts/render-manifests.ts: change the chart, not this file.\n'
const HEAD = `${WHENCE}# kubectl apply -f swoll.yaml
apiVersion: v1
kind: Namespace
metadata:
  name: swoll
  labels:
    # The agent is not privileged, but no stricter level allows CAP_BPF, CAP_PERFMON and the path /sys/fs/cgroup.
    pod-security.kubernetes.io/enforce: privileged
`

/** Text of each file by its path. */
export function renderManifests(helm: string): ReadonlyMap<string, string> {
  const agents = render(helm, [])
  const [added, changed]: [string[], string[]] = [[], []]
  const before = new Map(split(agents).map(text => [nameOf(text), text]))
  for (const text of split(render(helm, OVERLAY_VALUES))) {
    const old = before.get(nameOf(text))
    if (old === undefined) added.push(text)
    else if (!isDeepStrictEqual(parseDocument(old).toJS(), parseDocument(text).toJS())) changed.push(text)
  }
  return new Map([
    [MANIFESTS, `${HEAD}${agents}`],
    [join(OVERLAY, 'added.yaml'), `${WHENCE}${added.join('---\n')}`],
    [join(OVERLAY, 'changed.yaml'), `${WHENCE}${changed.join('---\n')}`],
  ])
}

/** What Helm would install, less the labels that are Helm's own. */
function render(helm: string, values: readonly string[]): string {
  const set = values.flatMap(value => ['--set', value])
  const text = execFileSync(
    helm,
    ['template', 'swoll', 'deploy/helm/swoll', '--namespace', 'swoll', '--kube-version', '1.25.0', ...set],
    { encoding: 'utf8', cwd: ROOT },
  )
  const isHelms = (line: string): boolean =>
    line.startsWith('# Source:') || /^ +(helm\.sh\/\S+|app\.kubernetes\.io\/managed-by): /.test(line)
  return text
    .split('\n')
    .filter(line => !isHelms(line))
    .join('\n')
}

function split(text: string): string[] {
  return text.split(/^---\n/m).filter(part => /^kind:/m.test(part))
}

function nameOf(text: string): string {
  const { kind, metadata } = parseDocument(text).toJS()
  return `${kind} ${metadata.name}`
}

if (import.meta.main)
  for (const [path, text] of renderManifests(process.argv[2] ?? 'helm')) writeFileSync(path, text)
