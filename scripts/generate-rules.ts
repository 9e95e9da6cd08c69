/**
 * Writes the rules of deploy/prometheus: recording rules for each flavour of names, alerts for all; and the copies that the chart has.
 *
 *   node scripts/generate-rules.ts [--documents URL]
 *
 * URL: where docs/ is published; alerts then have `runbook_url`. Without it, what package.json has as `repository`; without that, alerts name the page alone.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { FLAVOUR, FLAVOURS } from './promql/flavour.ts'
import { AGENT_ALERTS } from './rules/agent-alerts.ts'
import { type Alert, toRule } from './rules/alert.ts'
import { recordingRules } from './rules/recording.ts'
import { WORKLOAD_ALERTS } from './rules/workload-alerts.ts'

const DEPLOY = join(import.meta.dirname, '../deploy')
const PLACES = [join(DEPLOY, 'prometheus'), join(DEPLOY, 'helm/swoll/files/prometheus')]
const HEAD = '# Made by scripts/generate-rules.ts. Do not edit.\n'

interface Package {
  readonly version: string
  readonly repository?: string | { readonly url: string }
}

/** Where the repository of package.json shows the documents of its version. Undefined: it names none that is on the web. */
export function documentsOf({ version, repository }: Package): string | undefined {
  const url = typeof repository === 'string' ? repository : repository?.url
  const web = /^(?:git\+)?(https:\/\/.+?)(?:\.git)?$/.exec(url ?? '')?.[1]
  return web && `${web}/blob/v${version}/docs`
}

const readDocuments = () =>
  documentsOf(JSON.parse(readFileSync(join(DEPLOY, '../package.json'), 'utf8')) as Package)

/** Texts by path. */
export function renderRules(documents = readDocuments()): ReadonlyMap<string, string> {
  const rulesOf = (alerts: readonly Alert[]) => alerts.map(alert => toRule(alert, documents))
  const texts = new Map<string, string>()
  const add = (name: string, groups: readonly object[]) => {
    const text = HEAD + stringify({ groups }, { lineWidth: 0, aliasDuplicateObjects: false })
    for (const place of PLACES) texts.set(join(place, name), text)
  }
  for (const id of FLAVOURS)
    add(`rules-${id}.yaml`, [{ name: 'swoll-rates', rules: recordingRules(FLAVOUR[id]) }])
  add('alerts.yaml', [
    { name: 'swoll-workloads', rules: rulesOf(WORKLOAD_ALERTS) },
    { name: 'swoll-agents', rules: rulesOf(AGENT_ALERTS) },
  ])
  return texts
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { documents: { type: 'string' } } })
  for (const [path, text] of renderRules(values.documents)) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}
